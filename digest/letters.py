"""What goes into an envelope: the edition and the confirmation, each rendered once for all who get it."""

from functools import cache

import css_inline
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from articles.models import Article
from digest.editions import subject_of
from newsroom import mail
from newsroom.links import absolute

LEAD_WIDTH = 552  # CSS pixels inside the 600 of the page
THUMBNAIL_WIDTH = 168
TOKEN = "token"

_inliner = css_inline.CSSInliner(keep_style_tags=False, keep_at_rules=True, load_remote_stylesheets=False)


def public_stories(edition) -> list[Article]:
    """What of the edition a reader may see now, in its order: a story withdrawn since the planning is left out."""
    keys = list(edition.lines.values_list("article_id", flat=True))
    stories = Article.objects.published().listing().order_by().in_bulk(keys)
    return [stories[key] for key in keys if key in stories]


def state_of_stories(edition) -> list:
    """What a rendered letter depends on: it is rendered again when this has changed."""
    public = Article.objects.published().filter(pk__in=edition.lines.values("article"))
    return list(public.order_by("pk").values_list("pk", "modified_at"))


def edition_letter(edition, stories) -> mail.Letter:
    """The edition with these stories; `addressed` sets in what is personal."""
    top = [story for story in stories if story.kind != Article.Kind.BLOG]
    context = {
        "edition": edition,
        "lead": top[0] if top else None,
        "lead_picture": _picture(top[0], LEAD_WIDTH) if top else None,
        "stories": [_line(story) for story in top[1:]],
        "posts": [_line(story) for story in stories if story.kind == Article.Kind.BLOG],
        "preheader": next((story.standfirst for story in stories if story.standfirst), ""),
        "leave_url": _leave_address(settings.SITE_URL),
    }
    return _letter("edition", subject_of(stories), context, {"List-Id": _list_id()})


def addressed(letter, delivery) -> mail.PreparedMessage:
    """One subscriber's copy. Its Message-ID comes from the ledger's row, so a second try is the same message."""
    token = delivery.subscriber.token
    leave = _leave_address(settings.SITE_URL).replace(mail.mark(TOKEN), token)
    return letter.to(
        delivery.subscriber.email,
        message_id=f"<{delivery.pk}.{delivery.edition.day:%Y%m%d}@{mail.sender_domain()}>",
        headers={"List-Unsubscribe": f"<{leave}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
        **{TOKEN: token},
    )


@cache
def _leave_address(site_url: str) -> str:
    """The address to unsubscribe at, with a mark for the token; asked for once a message, so worked out once."""
    return absolute(reverse("digest:leave", args=[mail.mark(TOKEN)]))


def preview(edition, stories) -> str:
    """The message's HTML as the desk may look at it; its link to unsubscribe leads nowhere."""
    return edition_letter(edition, stories).html.replace(_leave_address(settings.SITE_URL), "#")


def confirmation_letter(link: str, days: int) -> mail.Letter:
    subject = _("Confirm your subscription to %(site)s") % {"site": settings.SITE_NAME}
    return _letter("confirmation", subject, {"link": link, "days": days})


def _letter(name, subject, context, headers=None) -> mail.Letter:
    context = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": get_language() or settings.LANGUAGE_CODE,
        "direction": "rtl" if get_language_bidi() else "ltr",
        "subject": subject,
        "subscribe_url": absolute(reverse("digest:subscribe")),
        **context,
    }
    html = _inliner.inline(render_to_string(f"digest/mail/{name}.html", context))
    text = render_to_string(f"digest/mail/{name}.txt", context)
    return mail.Letter(subject, text, html, {"Auto-Submitted": "auto-generated", **(headers or {})})


def _list_id() -> str:
    return mail.named_header(settings.SITE_NAME, f"<daily.{mail.sender_domain()}>")


def _line(story) -> dict:
    return {"story": story, "picture": _picture(story, THUMBNAIL_WIDTH)}


def _picture(story, width) -> dict | None:
    """Address and size of the story's picture as a mail client can show it: JPEG where the worker has made one."""
    picture = story.picture
    if picture is None or not picture.file:
        return None
    made = [r for r in picture.renditions.all() if (r.crop, r.width, r.format) == ("wide", 640, "jpeg")]
    image = made[0] if made else picture
    return {
        "url": absolute(image.file.url),
        "alt": picture.alt,
        "credit": picture.credit,
        "width": width,
        "height": round(width * image.height / image.width),
    }
