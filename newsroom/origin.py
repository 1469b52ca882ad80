"""Proof that a reader's form was sent from our own pages, without a token in the page.

The browser says it in headers that a foreign page cannot set (the way of Go's net/http CrossOriginProtection), so pages
can be the same bytes for every reader.
"""

from functools import wraps
from urllib.parse import urlsplit

from django.conf import settings
from django.views.decorators.csrf import csrf_exempt

SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def is_same_origin(request) -> bool:
    """Whether a browser sent this from our own page; a client that sends neither header is no browser's victim."""
    if request.method in SAFE_METHODS:
        return True
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).netloc
    except ValueError:  # not an address at all
        return False
    return host in {request.get_host(), urlsplit(settings.SITE_URL).netloc}


def reader_form(view):
    """A view that readers post to: no token, but `request.is_ours` says whether our own page sent it."""

    @csrf_exempt
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        request.is_ours = is_same_origin(request)
        return view(request, *args, **kwargs)

    return wrapped
