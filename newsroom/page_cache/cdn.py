"""A CDN or Varnish in front keeps pages for long and is told which ones to drop.

Each page leaves with the names of what it carries in the header SURROGATE_KEY_HEADER. After a commit one request says
the names that changed, in that header and as JSON, which Fastly, Cloudflare and a Varnish with xkey understand; and
once more after a while, because a page that was on its way in may have been older than the first word.
"""

import json
import logging
from urllib.request import HTTPRedirectHandler, Request, build_opener

from celery import shared_task
from django.conf import settings

log = logging.getLogger(__name__)
EVERY_PAGE = "page"  # carried by all
AT_ONCE = 30  # names in one request
AGAIN = 3  # seconds; a process that hears of no changes believes its pages for one
PATIENCE = 10  # seconds for an answer


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


opener = build_opener(NoRedirect)


def surrogate_keys(names) -> list[tuple[str, str]]:
    """The header that a page leaves with; none unless the setting names it."""
    header = settings.SURROGATE_KEY_HEADER
    return [(header, joined([EVERY_PAGE, *names]))] if header else []


def joined(names) -> str:
    return ("," if settings.SURROGATE_KEY_HEADER.lower() == "cache-tag" else " ").join(names)


def tell(names) -> None:
    """Queued, so that no editor waits for it; told at once where nobody takes it up."""
    if not settings.CDN_PURGE_URL:
        return
    ordered = sorted(names)
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        try:
            purge.delay(some)
            purge.apply_async([some], countdown=AGAIN)
        except Exception:
            log.exception("the worker could not be asked to tell the CDN; told from here")
            _tell_here(some)


def _tell_here(names):
    try:
        ask(names)
    except OSError:
        log.exception("the CDN was not told of %s", names)


@shared_task(
    name="newsroom.purge_cdn", autoretry_for=(OSError,), retry_backoff=1, retry_backoff_max=300, max_retries=12
)
def purge(names):
    """Twice is as good as once: what was not dropped yet is dropped."""
    ask(names)


def ask(names) -> None:
    """Raises OSError for whatever is not a success."""
    headers = {"Content-Type": "application/json", settings.SURROGATE_KEY_HEADER: joined(names)}
    for line in settings.CDN_PURGE_HEADERS:
        name, _, value = line.partition(":")
        headers[name.strip()] = value.strip()
    request = Request(
        settings.CDN_PURGE_URL, json.dumps({"tags": names}).encode(), headers, method=settings.CDN_PURGE_METHOD
    )
    opener.open(request, timeout=PATIENCE).close()
