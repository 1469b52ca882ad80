"""A story's text apart from its row: what a revision keeps, and what waits over a live story until it is published.

Readers' pages read the columns of Article alone. While a story is published, a save becomes a revision that waits
(`Article.pending`); publishing writes it into the columns.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext

from articles import body_pictures, changes, markup
from articles.models import Article, Author, Byline, Picture, Revision, Section, Tag

COLUMNS = (
    *("kind", "kicker", "headline", "slug", "standfirst", "dateline", "body", "lead_caption", "placement"),
    *("breaking_until", "comments_open", "picked", "published_at", "updated_at"),
)
KEYS: dict[str, Any] = {"section": Section, "lead_picture": Picture}


def _field(name: str) -> Any:
    return Article._meta.get_field(name)


def snapshot(article, authors=None, tags=None) -> dict:
    """The content of a story as plain JSON; byline and tags are asked of the database unless they are given."""
    content = {name: _plain(getattr(article, name)) for name in COLUMNS}
    content["body"] = body_pictures.with_alts(markup.clean(article.body))
    content["picked"] = list(article.picked or [])
    content |= {name: getattr(article, f"{name}_id") for name in KEYS}
    content["authors"] = [author.pk for author in (article.byline if authors is None else authors)]
    content["tags"] = sorted(tag.name for tag in article.tags.all()) if tags is None else sorted(tags)
    return content


def _plain(value):
    """As JSON holds it; times to the second and in UTC, as the form sends them and the database keeps them."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0).isoformat()
    return value


def overlay(article, content: dict):
    """Set the content on a story in memory, as the form and the preview show it. What was deleted since is left out."""
    for name in COLUMNS:
        if name in content:
            try:
                setattr(article, name, _field(name).to_python(content[name]))
            except (ValidationError, FieldDoesNotExist):
                continue
    for name, model in KEYS.items():
        setattr(article, name, model.objects.filter(pk=content.get(name)).first())
    found = Author.objects.in_bulk(content.get("authors", []))
    authors = [found[key] for key in content.get("authors", []) if key in found]
    tags = [Tag(name=name, slug=slugify(name, allow_unicode=True) or "-") for name in content.get("tags", [])]
    known = {tag.name: tag for tag in Tag.objects.filter(name__in=content.get("tags", []))}
    cache = article.__dict__.setdefault("_prefetched_objects_cache", {})
    cache["bylines"] = [Byline(article=article, author=author, position=n) for n, author in enumerate(authors)]
    cache["tags"] = [known.get(tag.name, tag) for tag in tags]
    return article


def with_pending(article):
    """The story as the desk sees it: with what waits to be published, if anything does."""
    return overlay(article, article.pending.content) if article.pending_id else article


def live_snapshot(article) -> dict:
    """What readers see, asked of the database."""
    return snapshot(Article.objects.full().get(pk=article.pk))


def begin(article):
    """Before a story's first revision: keep what it said, so that nothing is lost by the first save."""
    if not article.revisions.exists():
        Revision.objects.record(article, live_snapshot(article), None, Revision.Deed.BEFORE)


def wait(article, content: dict, by, deed=Revision.Deed.SAVED, note="") -> Revision:
    """Keep the content over a live story; readers go on reading what they read."""
    live = live_snapshot(article)
    revision = Revision.objects.record(article, content, by, deed, note)
    article.pending = None if live == content else revision
    Article.objects.filter(pk=article.pk).update(pending=article.pending, modified_at=timezone.now())
    return revision


def write(article, content: dict) -> None:
    """Make the content what the row says, byline and tags with it; nothing waits any more."""
    overlay(article, content)
    authors, tags = article.byline, [tag.name for tag in article._prefetched_objects_cache["tags"]]
    article.pending = None
    article.save()
    article._prefetched_objects_cache.clear()
    write_byline(article, authors)
    article.tags.set(tags)


def write_byline(article, authors) -> None:
    rows = Byline.objects.filter(article=article)
    if list(rows.order_by("position", "pk").values_list("author_id", flat=True)) == [author.pk for author in authors]:
        return
    rows.delete()
    Byline.objects.bulk_create(Byline(article=article, author=a, position=n) for n, a in enumerate(authors))
    if article.has_been_public:
        changes.changed([article.pk])


def put_aside(article, content: dict, meanwhile, by) -> None:
    """Keep what somebody gave up for what was saved meanwhile; nothing that was written is lost."""
    if meanwhile.dropped:
        Revision.objects.record(
            article, {**content, **meanwhile.dropped}, by, Revision.Deed.SAVED, gettext("Put aside")
        )


def revert(article, revision, by) -> Revision:
    """Bring an old revision back as the newest one. The time of publication is a fact and stays."""
    begin(article)
    content = {**revision.content, "published_at": _plain(article.published_at), "slug": article.slug}
    overlay(article, content)  # forgets authors, pictures and sections that are gone
    content = snapshot(article, article.byline, [tag.name for tag in article._prefetched_objects_cache["tags"]])
    note = f"#{revision.number}"
    if article.status == Article.Status.PUBLISHED:
        return wait(article, content, by, Revision.Deed.RESTORED, note)
    write(article, content)
    return Revision.objects.record(article, content, by, Revision.Deed.RESTORED, note)


def readable(name: str, value) -> str:
    """A field's value as people read it."""
    if name == "body":
        return markup.to_text(value or "")
    if name in KEYS:
        return str(KEYS[name].objects.filter(pk=value).first() or (value and gettext("(deleted since)")) or "")
    if name == "authors":
        found = Author.objects.in_bulk(value)
        return ", ".join(str(found.get(key, gettext("(deleted since)"))) for key in value)
    if name == "tags":
        return ", ".join(value)
    if name == "picked":
        headlines = dict(Article.objects.filter(pk__in=value).order_by().values_list("pk", "headline"))
        return "\n".join(headlines.get(key, gettext("(deleted since)")) for key in value)
    column = _field(name)
    if column.choices:
        return str(dict(column.flatchoices).get(value, value))
    value = column.to_python(value)
    if hasattr(value, "isoformat"):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return "" if value is None else str(value)


def deleted_since(content: dict) -> list[str]:
    """The fields of a revision that name something that is no more. Tags are words, so they come back."""
    gone = [name for name in KEYS if content.get(name) and not KEYS[name].objects.filter(pk=content[name]).exists()]
    picked = set(content.get("picked", []))
    if Article.objects.filter(pk__in=picked).count() < len(picked):
        gone.append("picked")
    authors = set(content.get("authors", []))
    return gone if Author.objects.filter(pk__in=authors).count() == len(authors) else [*gone, "authors"]


def label(name: str) -> str:
    """A field's name as the form prints it."""
    return str(_field(name).verbose_name)


def same(one, other) -> bool:
    """Whether two values of a field say the same; an editor's line ends and spaces between blocks say nothing."""
    if isinstance(one, str) and isinstance(other, str):
        return _words(one) == _words(other)
    return one == other


def _words(text: str) -> str:
    return re.sub(r">\s+|\s+<", lambda m: m[0].strip(), " ".join(text.split()))


@dataclass
class Meanwhile:
    """What was saved since a form was opened."""

    base: dict
    latest: Revision
    seen: dict  # what it said when the form asked about the fields in `asked`
    asked: set[str]
    taken: set[str]  # the fields in which theirs was chosen
    dropped: dict = field(default_factory=dict)  # what stood in them

    @classmethod
    def since(cls, article, sent) -> "Meanwhile | None":
        """`sent` is the form's data: `base` the newest revision when it was opened, 0 where there was none yet."""
        latest = article.revisions.order_by("-number").first()
        opened = number_in(sent.get("base"))
        if latest is None or opened is None or opened >= latest.number:
            return None
        base = article.revisions.filter(number=opened or 1).first()
        seen = article.revisions.filter(number=number_in(sent.get("seen")) or 0).first()
        asked, taken = ({name for name in sent.getlist(key) if name in latest.content} for key in ("asked", "theirs"))
        return cls(base.content if base else {}, latest, seen.content if seen else {}, asked, taken)

    def merge(self, mine: dict) -> tuple[dict, list[str]]:
        merged, conflicts = merge(self.base, self.latest.content, mine)
        decided = [name for name in conflicts if self._is_decided(name)]
        self.dropped |= {name: mine[name] for name in decided if name in self.taken}
        merged |= {name: self.latest.content[name] for name in self.dropped if name in mine}
        return merged, [name for name in conflicts if name not in decided]

    def _is_decided(self, name):
        return name in self.asked and same(self.seen.get(name), self.latest.content[name])


def number_in(text) -> int | None:
    """A revision’s number as a form sends it."""
    return int(text) if text and text.isdecimal() and text.isascii() and len(text) <= 9 else None


def merge(base: dict, theirs: dict, mine: dict) -> tuple[dict, list[str]]:
    """Three-way, field by field: what only one of the two changed is taken; the names of what both changed."""
    merged, conflicts = dict(mine), []
    for key in mine:
        if key not in theirs or same(mine[key], theirs[key]) or same(theirs[key], base.get(key)):
            continue
        if same(mine[key], base.get(key)):
            merged[key] = theirs[key]
        else:
            conflicts.append(key)
    return merged, conflicts
