"""The outbox at /admin/mailbox/: what a newsroom without a mail server would have sent."""

from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from newsroom import mailbox
from newsroom.desk import may_read_mailbox

PAGE = 30
# A letter is shown as a mail program would: pictures and inline styles, but no script, form or frame. Its links open a
# page of their own.
LETTER_POLICY = (
    "default-src 'none'; img-src http: https: data:; style-src 'unsafe-inline'; font-src http: https:; "
    "sandbox allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'; base-uri 'none'"
)

NEW_TAB = '<base target="_blank">'


def for_the_desk(view):
    @require_safe
    @wraps(view)
    def wrapped(request, *args, **kwargs):
        if not may_read_mailbox(request):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return admin.site.admin_view(wrapped)


def _found(name):
    letter = mailbox.envelope(name)
    if letter is None:
        raise Http404
    return letter


def _show(request, template, title, **context):
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})


@for_the_desk
def mail_list(request):
    page = Paginator(mailbox.names(), PAGE).get_page(request.GET.get("page"))
    letters = [mailbox.envelope(name, headers_only=True) for name in page.object_list]
    return _show(request, "admin/mailbox/list.html", _("Outbox"), letters=filter(None, letters), page=page)


@for_the_desk
def letter(request, name):
    letter = _found(name)
    headers = [(key, letter.header(key)) for key in dict.fromkeys(letter.message.keys())]
    context = {"letter": letter, "headers": headers, "text": letter.text(), "has_html": bool(letter.html())}
    return _show(request, "admin/mailbox/letter.html", letter.subject or _("No subject"), **context)


@for_the_desk
def html_part(request, name):
    html = _found(name).html()
    head, mark, rest = html.partition("<head>")
    response = HttpResponse(f"{head}{mark}{NEW_TAB}{rest}" if mark else NEW_TAB + html)
    response["Content-Security-Policy"] = LETTER_POLICY
    response["Referrer-Policy"] = "no-referrer"
    return response


@for_the_desk
def download(request, name):
    file = mailbox.path_of(name)
    if file is None:
        raise Http404
    return FileResponse(file.open("rb"), as_attachment=True, filename=file.name, content_type="message/rfc822")


app_name = "mailbox"
urlpatterns = [
    path("", mail_list, name="list"),
    path("<str:name>/", letter, name="letter"),
    path("<str:name>/html/", html_part, name="html"),
    path("<str:name>/download/", download, name="download"),
]
