"""What a feed says, whatever its format."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.html import conditional_escape, format_html
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from articles import markup, structured
from newsroom.links import absolute

OWN_ADDRESS = re.compile(r'(<[^>]+\s(?:href|src)=")(/(?!/)|#)')
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
SUMMARY = 60  # words, where nobody wrote one


def xml_text(text: str) -> str:
    """The text without the characters that no XML 1.0 document may hold, escaped or not."""
    return FORBIDDEN.sub("", text)


@dataclass
class Entry:
    """`summary` is plain text, `content` HTML, "" where the feed gives the summary alone."""

    key: str  # outlives a changed headline and slug
    title: str
    url: str
    summary: str
    published_at: datetime
    updated_at: datetime
    content: str = ""
    authors: list[tuple[str, str]] = field(default_factory=list)  # name, address
    categories: list[str] = field(default_factory=list)
    card: structured.Card | None = None
    caption: str = ""
    credit: str = ""

    @property
    def id(self) -> str:
        """A tag URI (RFC 4151), which every format takes."""
        return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{self.key}"

    @property
    def guid(self) -> str:
        return f"{urlsplit(settings.SITE_URL).netloc}/{self.key}"


def of_story(article) -> Entry:
    picture = article.picture
    section = [article.section.name] if article.section else []
    return Entry(
        key=f"story/{article.pk}",
        title=xml_text(article.headline),
        url=absolute(article.get_absolute_url()),
        summary=xml_text(article.standfirst) or opening(article),
        published_at=article.published_at,
        updated_at=article.modified_for_readers_at,
        content=xml_text(whole_story(article)) if settings.FEED_FULL_TEXT else "",
        authors=[(xml_text(author.name), absolute(author.get_absolute_url())) for author in article.byline],
        categories=[xml_text(name) for name in (*section, *(tag.name for tag in article.tags.all()))],
        card=structured.card(picture),
        caption=xml_text(article.caption) if picture else "",
        credit=xml_text(picture.credit) if picture else "",
    )


def of_correction(record) -> Entry:
    return Entry(
        key=f"correction/{record.pk}",
        title=xml_text(_("Correction: %(headline)s") % {"headline": record.article.headline}),
        url=absolute(record.article.get_absolute_url()),
        summary=xml_text(f"{record.wrong} {record.right}"),
        published_at=record.corrected_at,
        updated_at=record.corrected_at,
    )


def opening(article) -> str:
    return xml_text(Truncator(" ".join(markup.to_text(article.body_for_readers).split())).words(SUMMARY))


def whole_story(article) -> str:
    """The HTML of a story for readers elsewhere: lead picture, dateline, body, corrections, with full addresses."""
    parts = []
    if picture := article.picture:
        credit = f" ({picture.credit})" if picture.credit else ""
        parts.append(
            format_html(
                '<figure><img src="{}" alt="{}"><figcaption>{}{}</figcaption></figure>',
                structured.card_picture(picture),
                picture.alt,
                article.caption,
                credit,
            )
        )
    corrections = (
        format_html("<p><strong>{}</strong> {} {}</p>", _("Correction:"), record.wrong, record.right)
        for record in article.shown_corrections
    )
    return "\n".join([*parts, with_dateline(article), *corrections])


def with_dateline(article) -> str:
    """The body; its dateline runs into the first paragraph."""
    story = absolute(article.get_absolute_url())

    def full(match):
        return f"{match[1]}{story}#" if match[2] == "#" else f"{match[1]}{settings.SITE_URL}/"

    body = OWN_ADDRESS.sub(full, article.body_for_readers)
    if not article.dateline:
        return body
    dateline = f"{conditional_escape(article.dateline)} — "
    first = re.match(r"<p[^>]*>", body)
    return f"{first[0]}{dateline}{body[first.end() :]}" if first else f"<p>{dateline}</p>{body}"
