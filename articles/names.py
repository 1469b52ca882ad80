"""The names of what readers' pages carry, and who says that one of them changed.

Rows are carried by every page that loads them: “story:12”. A list has a name of its own, told when a story may enter it
or change its place: “stories”, “stories:tag:4”. That a story leaves a list needs no name: the page had loaded it.
"""

import logging
from datetime import datetime

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from articles import archive, changes
from articles.models import (
    Article,
    Author,
    Banner,
    BodyPicture,
    Byline,
    Correction,
    FrontPage,
    Page,
    Part,
    Picture,
    Rendition,
    Section,
    Series,
    Tag,
    TaggedArticle,
)
from newsroom.page_cache import changed, track

log = logging.getLogger(__name__)

MENU, FRONT, BREAKING, STORIES, CORRECTIONS, AUTHORS = (
    "menu", "front", "breaking", "stories", "corrections", "authors",
)  # fmt: skip
YEARS = "years"  # of the archive
WORDS = "words"  # of all public stories: what a search finds
PAGES = "pages"  # that the foot of every page links
SERIES = "series"
PLACED_BY = (
    "status", "published_at", "embargo_until", "unpublish_at", "section_id", "section__parent_id", "kind", "placement",
    "breaking_until", "slug",
)  # fmt: skip
REMEMBERED = 7 * 86_400  # seconds
ASKED = 50  # stories of one change that the archive is asked about; of more it is told all that may be


def story(key) -> str:
    return f"story:{key}"


def stories_of(thing) -> str:
    """The list of a section, an author or a tag."""
    return f"stories:{type(thing).__name__.lower()}:{thing.pk}"


def stories_of_kind(kind) -> str:
    return f"stories:kind:{kind}"


def series_of(key) -> str:
    """Whether a story is in a series: its own page alone says so."""
    return f"series-of:{key}"


def stories_in(span) -> str:
    """The list of a year, a month or a day."""
    return f"stories:{span.kind}:{span}"


def is_there(span) -> str:
    """Whether a year, a month or a day has a story at all."""
    return f"archive:{span.kind}:{span}"


@changes.listen
def tell_stories(keys: set[int]) -> None:
    """Name those that readers know, and the lists in which a public one may stand at another place than the last time
    it was told."""
    known = set(Article.objects.filter(pk__in=keys).order_by().ever_public().values_list("pk", flat=True))
    if not known:
        return
    names = {WORDS, *map(story, known)}
    placed = _placed(known)
    memory = {f"story-placed:{key}": placed.get(key) for key in known}
    before = _remembered(memory)
    moved = {key for key in known if key not in placed or before.get(f"story-placed:{key}") != placed[key]}
    for key in moved & placed.keys():
        names |= _lists(placed[key])
    series = Part.objects.filter(article__in=moved).order_by().values_list("series", flat=True)
    names |= {f"stories:series:{key}" for key in series} | _days(moved, before)
    changed(*names)
    _remember(memory)
    if _placed(known) != placed:  # another change came between, and may have remembered before this one did
        _remember(dict.fromkeys(memory))


def _remembered(keys) -> dict:
    """Without a cache nothing is known, so every list is named."""
    try:
        return cache.get_many(keys)
    except Exception:
        log.exception("where stories stood could not be read")
        return {}


def _remember(memory) -> None:
    try:
        cache.set_many(memory, REMEMBERED)
    except Exception:
        log.exception("where stories stand could not be kept")


def _placed(keys) -> dict[int, list]:
    """By story, all that decides in which lists it stands and where; without those that stand in none."""
    columns = Article.objects.filter(pk__in=keys).order_by().published().values_list("pk", *PLACED_BY)
    facts: dict[int, list[list]] = {pk: [[*map(str, values)], [], []] for pk, *values in columns}
    authors = Byline.objects.filter(article__in=facts).order_by("position", "pk").values_list("article", "author")
    tags = TaggedArticle.objects.filter(content_object__in=facts).order_by("tag").values_list("content_object", "tag")
    for number, rows in ((1, authors), (2, tags)):
        for pk, other in rows:
            facts[pk][number].append(other)
    return facts


def _lists(facts) -> set[str]:
    values, authors, tags = facts
    column = dict(zip(PLACED_BY, values, strict=True))
    sections = {column["section_id"], column["section__parent_id"]} - {"None"}
    return {
        STORIES,
        stories_of_kind(column["kind"]),
        *(f"stories:section:{key}" for key in sections),
        *(f"stories:author:{key}" for key in authors),
        *(f"stories:tag:{key}" for key in tags),
        *([BREAKING] if column["breaking_until"] != "None" else []),
    }


def _days(keys, before) -> set[str]:
    """Of stories that came, moved or went: the days where they were and are, and whether those still have a story."""
    times = Article.objects.filter(pk__in=keys).order_by().values_list("published_at", "first_public_at")
    moments = {moment for row in times for moment in row if moment}
    facts = (before.get(f"story-placed:{key}") for key in keys)
    moments |= {datetime.fromisoformat(values[PLACED_BY.index("published_at")]) for values, *_ in filter(None, facts)}
    now = timezone.now()
    spans = {span for moment in moments if moment <= now for span in archive.day_of(moment).with_above}
    if not spans:
        return set()
    stayed = archive.had_others(spans, keys) if len(keys) <= ASKED else set()
    begun_or_over = spans - stayed
    years = {YEARS} if any(span.kind == "year" for span in begun_or_over) else set()
    return {*years, *map(stories_in, spans), *map(is_there, begun_or_over)}


def _of_a_story(row):
    changes.changed([row.article_id])
    return []


def _of_a_section(row):
    """Its stories stand in the lists of the section above it too, which may be another one now."""
    return [f"section:{row.pk}", MENU, *(f"stories:section:{key}" for key in (row.pk, row.parent_id) if key)]


def _of_a_picture(row):
    """A text that shows it may be printed without its row."""
    inside = BodyPicture.objects.filter(picture=row.pk).values_list("article", flat=True) if row.pk else ()
    return [f"picture:{row.pk}", *map(story, inside)]


def _of_a_corrected_story(row):
    changes.changed([row.article_id])
    return [story(row.article_id), CORRECTIONS]


def _of_a_part(row):
    return [series_of(row.article_id), f"stories:series:{row.series_id}", SERIES]


def _of_a_tagged_story(row):
    changes.changed([row.content_object_id])
    return []


# What a saved or deleted row changes on readers' pages. Whoever writes past save() names it himself.
NAMES_OF_ROWS = {
    Section: _of_a_section,
    Author: lambda row: [f"author:{row.pk}", AUTHORS],
    Tag: lambda row: [f"tag:{row.pk}", *([f"tag:{row.parent_id}"] if row.parent_id else [])],
    Picture: _of_a_picture,
    Rendition: lambda row: [f"picture:{row.picture_id}"],
    Correction: _of_a_corrected_story,
    FrontPage: lambda row: [FRONT] if row.starts_at else [],
    Banner: lambda row: [BREAKING],
    Page: lambda row: [f"page:{row.pk}", *([PAGES] if row.is_linked_anew else [])],
    Byline: _of_a_story,
    Series: lambda row: [f"series:{row.pk}", SERIES],
    Part: _of_a_part,
    TaggedArticle: _of_a_tagged_story,
    BodyPicture: lambda row: [story(row.article_id)],
}


def install() -> None:
    track(Article, "story", over="unpublish_at")
    for rows in (Section, Author, Tag, Picture, Page, Series):
        track(rows, rows.__name__.lower())
    for model, names_of in NAMES_OF_ROWS.items():
        for signal in (post_save, post_delete):
            signal.connect(_teller(names_of), sender=model, weak=False)  # type: ignore[arg-type]
    post_delete.connect(_tell_deleted, sender=Article, weak=False)


def _tell_deleted(instance, **kwargs):
    changed(story(instance.pk))
    changes.changed([instance.pk])


def _teller(names_of):
    def tell(instance, **kwargs):
        changed(*names_of(instance))

    return tell
