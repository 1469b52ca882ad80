from functools import wraps

from django.core import signing
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from digest import consent, tasks
from digest.forms import SignUpForm
from digest.models import Subscriber
from newsroom.origin import reader_form

SAFE_OR_POST = require_http_methods(["GET", "HEAD", "OPTIONS", "POST"])


class SeeOther(HttpResponseRedirect):
    """After a POST: the browser gets the next page, and reloading it sends nothing again."""

    status_code = 303


def private(view):
    """A page at a secret address: the address is passed on to nobody, the page is kept by nobody.

    The secret in the address is the proof; a mail provider's one-click POST (RFC 8058) has no cookie and no origin.
    """

    @SAFE_OR_POST
    @never_cache
    @reader_form
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        response["Referrer-Policy"] = "no-referrer"
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return wrapped


@SAFE_OR_POST
@reader_form
def subscribe(request):
    form = SignUpForm(request.POST if request.method == "POST" else None, request=request)
    if not form.is_valid():
        return render(request, "digest/subscribe.html", {"form": form}, status=form.http_status)
    if not form.is_from_machine:
        Subscriber.objects.sign_up(form.cleaned_data["email"])
        # Queued for known and unknown addresses alike, so that not even the time it takes tells them apart.
        transaction.on_commit(tasks.queue_confirmations)
    return SeeOther(resolve_url("digest:sent"))


def sent(request):
    return render(request, "digest/sent.html", {"days": consent.LINK_LASTS.days})


@private
def confirm(request, token):
    try:
        subscriber = consent.subscriber_of(token)
    except signing.SignatureExpired:
        return _no_link(request, 410, _("This link has ended"))
    except signing.BadSignature:
        return _no_link(request, 404, _("This link is not complete"))
    if request.method != "POST":
        return render(request, "digest/confirm.html")
    subscriber.confirm()
    return SeeOther(resolve_url("digest:confirmed"))


def _no_link(request, status, title):
    return render(request, "digest/no_link.html", {"title": title, "form": SignUpForm(request=request)}, status=status)


def confirmed(request):
    return render(request, "digest/confirmed.html")


@private
def leave(request, token):
    subscriber = Subscriber.objects.filter(token=token)
    if not subscriber.exists():
        return render(request, "digest/unknown.html", status=404)
    if request.method != "POST":
        return render(request, "digest/leave.html")
    subscriber.unsubscribe()
    if request.POST.get("List-Unsubscribe") == "One-Click":
        return HttpResponse(_("Unsubscribed."), content_type="text/plain; charset=utf-8")
    return SeeOther(resolve_url("digest:left"))


def left(request):
    return render(request, "digest/left.html")
