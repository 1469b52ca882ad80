"""What an editor should know before a story goes out.

A new rule is one function, story -> message, list of messages or None, and one line in RULES. Which of them hold a
story back is the setting PUBLISH_BLOCKERS; the others only say so.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from django.conf import settings
from django.core.checks import Error
from django.db.models import Model
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles import addresses, markup
from articles.models import Article, Author, Section, Tag

SEARCH_HEADLINE = 70  # what a page of results shows of a headline before it cuts
MOBILE_HEADLINE = 110  # what a phone and a share card still show in full
LONG_SLUG = 80
LINKS = 200  # of one story are looked up
NOT_FOR_READERS = ("/admin/", "/preview/")
KINDS: dict[str, type[Model]] = {"article": Article, "section": Section, "author": Author, "tag": Tag}


@dataclass(frozen=True)
class Finding:
    code: str
    field: str  # of the story's form
    message: str

    @property
    def is_blocking(self):
        return self.code in settings.PUBLISH_BLOCKERS

    @property
    def level(self):
        return "blocking" if self.is_blocking else "advisory"


class Outline(HTMLParser):
    """The headings, pictures and links of a body, in their order."""

    def __init__(self, html: str):
        super().__init__()
        self.headings: list[int] = []
        self.pictures: list[str] = []  # their alternative texts
        self.links: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        if tag in {"h2", "h3", "h4"}:
            self.headings.append(int(tag[1]))
        elif tag == "img":
            self.pictures.append(attributes.get("alt", ""))
        elif tag == "a" and "href" in attributes:
            self.links.append(attributes["href"])


class Story:
    """An article as it would go out, saved or not, with what several rules ask of its body."""

    def __init__(self, article: Article, authors: Iterable[Author]):
        self.article, self.authors = article, list(authors)
        self.goes_out_at = max(article.published_at or timezone.now(), timezone.now())

    @cached_property
    def body(self) -> str:
        return markup.clean(self.article.body or "")

    @cached_property
    def text(self) -> str:
        return markup.to_text(self.body)

    @cached_property
    def outline(self) -> Outline:
        return Outline(self.body)

    @cached_property
    def links(self) -> list["Link"]:
        """Those that lead to this site."""
        addresses = dict.fromkeys(self.outline.links)
        links = [Link(address) for address in list(addresses)[:LINKS]]
        return [link for link in links if link.is_ours]


# The words at the head


def headline_missing(story):
    return None if story.article.headline.strip() else _("The story has no headline.")


def headline_long_for_search(story):
    length = len(story.article.headline)
    if SEARCH_HEADLINE < length <= MOBILE_HEADLINE:
        return _("The headline has %(n)d characters; search results cut it after about %(limit)d.") % {
            "n": length,
            "limit": SEARCH_HEADLINE,
        }


def headline_long_for_mobile(story):
    length = len(story.article.headline)
    if length > MOBILE_HEADLINE:
        return _("The headline has %(n)d characters; on a phone more than %(limit)d push the story off the screen.") % {
            "n": length,
            "limit": MOBILE_HEADLINE,
        }


def standfirst_missing(story):
    if not story.article.standfirst.strip():
        return _("There is no standfirst; lists, the e-mail and search results show one.")


def slug_long(story):
    length = len(story.article.slug)
    if length > LONG_SLUG:
        return _("The slug has %(n)d characters; a short address is easier to share.") % {"n": length}


# Where it stands


def section_missing(story):
    if story.article.section_id is None and story.article.kind != Article.Kind.BLOG:
        return _("The story has no section; only blog posts do without.")


def byline_missing(story):
    return None if story.authors else _("Nobody is named in the byline.")


# The lead picture


def alt_missing(story):
    picture = story.article.lead_picture
    if picture and not picture.alt.strip():
        return _("The lead picture has no alternative text for readers who cannot see it.")


def credit_missing(story):
    picture = story.article.lead_picture
    if picture and not picture.credit.strip():
        return _("The lead picture has no credit.")


def rights_expired(story):
    until = getattr(story.article.lead_picture, "rights_until", None)
    if isinstance(until, datetime):
        until = timezone.localdate(until)
    if until and until < timezone.localdate(story.goes_out_at):
        return _("The rights to the lead picture end before the story goes out.")


# The text


def body_missing(story):
    return None if story.text or story.outline.pictures else _("The story has no text.")


def body_alt_missing(story):
    number = sum(not alt.strip() for alt in story.outline.pictures)
    if number:
        return ngettext(
            "%(n)d picture in the text has no alternative text.",
            "%(n)d pictures in the text have no alternative text.",
            number,
        ) % {"n": number}


def headings_out_of_order(story):
    """The headline is the first level. One skip is said once, however many follow."""
    above = 1
    for level in story.outline.headings:
        if level > above + 1:
            return _("A subheading of level %(found)d follows one of level %(above)d; %(wanted)d is left out.") % {
                "found": level,
                "above": above,
                "wanted": above + 1,
            }
        above = level


class Link:
    """A link in the text, and what its address names on this site."""

    def __init__(self, address: str):
        self.address = address
        self.view, self.slug, self.path = "", "", ""
        self.parts: SplitResult | None = None
        with suppress(ValueError):  # "//[": no browser follows it either
            self.parts = urlsplit(address.strip())
        if self.is_ours and self.parts:
            self.path = unquote(self.parts.path)
            self._resolve()

    @property
    def is_ours(self) -> bool:
        if self.parts is None:
            return True
        site = urlsplit(settings.SITE_URL).netloc
        if self.parts.scheme or self.parts.netloc:
            return self.parts.scheme in {"", "http", "https"} and self.parts.netloc in {site, ""}
        return bool(self.parts.path)

    @property
    def is_file(self) -> bool:
        return self.path.startswith(tuple(p for p in (settings.MEDIA_URL, settings.STATIC_URL) if p.startswith("/")))

    def _resolve(self):
        for path in (self.path, f"{self.path}/"):  # Django itself adds a slash that somebody forgot
            try:
                match = resolve(path)
            except (Resolver404, ValueError):
                continue
            self.view, self.slug = match.view_name, match.kwargs.get("slug", "")
            return

    @property
    def is_nowhere(self) -> bool:
        return not self.is_file and (not self.view or self.path.startswith(NOT_FOR_READERS))

    @property
    def kind(self) -> str:
        """“article”, “section”, “author” or “tag”, their feeds included; anything else needs no row."""
        return self.view.removeprefix("articles:").removesuffix("_feed") if self.slug else ""


def link_unpublished(story):
    """What is public by the time that this story goes out is no trouble."""
    slugs = {link.slug for link in story.links if link.kind == "article"} - {story.article.slug}
    if not slugs:
        return None
    hidden = dict(Article.objects.filter(slug__in=slugs).values_list("slug", "headline"))
    for slug in Article.objects.published(story.goes_out_at).filter(slug__in=slugs).values_list("slug", flat=True):
        hidden.pop(slug, None)
    return [_("Readers do not see “%(headline)s”, which the text links to.") % {"headline": h} for h in hidden.values()]


def link_dead(story):
    dead = [link for link in story.links if link.is_nowhere] + _lost(story)
    moved = _moved(dead)
    dead = [link for link in dead if link.path not in moved]
    return [_("The link to %(address)s leads nowhere.") % {"address": link.address[:200]} for link in dead]


def _lost(story) -> list[Link]:
    """Links to a story, section, author or tag that is not there: one query for each of the four."""
    lost = []
    for kind, model in KINDS.items():
        links = [link for link in story.links if link.kind == kind]
        wanted = {link.slug for link in links} - ({story.article.slug} if kind == "article" else set())
        if wanted:
            there = set(model._default_manager.filter(slug__in=wanted).values_list("slug", flat=True))
            lost += [link for link in links if link.slug in wanted - there]
    return lost


def _moved(links: list[Link]) -> set[str]:
    """The paths among them that lead on to where the page is now."""
    if not links:
        return set()
    paths = {link.path for link in links if "\0" not in link.path}
    former = addresses.rows().filter(old_path__in=paths).exclude(new_path="")
    return set(former.values_list("old_path", flat=True))


# (code, field, rule)
RULES: list[tuple[str, str, Callable[[Story], Any]]] = [
    ("headline-missing", "headline", headline_missing),
    ("headline-long-search", "headline", headline_long_for_search),
    ("headline-long-mobile", "headline", headline_long_for_mobile),
    ("slug-long", "slug", slug_long),
    ("standfirst-missing", "standfirst", standfirst_missing),
    ("byline-missing", "authors", byline_missing),
    ("body-missing", "body", body_missing),
    ("headings-order", "body", headings_out_of_order),
    ("body-alt-missing", "body", body_alt_missing),
    ("link-unpublished", "body", link_unpublished),
    ("link-dead", "body", link_dead),
    ("alt-missing", "lead_picture", alt_missing),
    ("credit-missing", "lead_picture", credit_missing),
    ("rights-expired", "lead_picture", rights_expired),
    ("section-missing", "section", section_missing),
]


def check(article: Article, authors: Iterable[Author] | None = None) -> list[Finding]:
    """What is to be said about a story as its attributes stand, saved or not; what holds it back comes first.

    `authors` is the byline where it is not the stored one.
    """
    if authors is None:
        authors = article.byline if article.pk else []
    story = Story(article, authors)
    found = [Finding(code, field, str(message)) for code, field, rule in RULES for message in _messages(rule(story))]
    return sorted(found, key=lambda finding: not finding.is_blocking)


def _messages(answer) -> list[str]:
    return answer if isinstance(answer, list) else [answer] if answer else []


def blockers(app_configs, **kwargs):
    known = [code for code, _field, _rule in RULES]
    unknown = [code for code in settings.PUBLISH_BLOCKERS if code not in known]
    if not unknown:
        return []
    return [
        Error(
            f"PUBLISH_BLOCKERS names {', '.join(unknown)}, which no rule of the checklist is called.",
            hint=f"The rules are {', '.join(known)}.",
            id="newsroom.E007",
        )
    ]
