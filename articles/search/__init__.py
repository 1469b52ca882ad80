"""Full-text search over published stories: FTS5 on SQLite, a table of tsvectors on PostgreSQL, or a search server.

The databases keep their index by triggers, so that every way in (form, import, bulk_create) is found. A search weighs
the newest stories that hold the words, and the newest that hold them in the headline, by relevance and age: its cost
stays bounded however large the archive is and however common the word. The index knows what to look at; what readers
may see is asked of published() at the moment of the search.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import connections, router, transaction
from django.db.models.functions import Left
from django.utils import timezone

from articles.models import Article

from . import server, spelling
from .passages import READ, snippet
from .postgresql import PostgreSQL
from .sqlite import SQLite
from .words import Query

__all__ = ["Filters", "Found", "Query", "index_of", "install", "search"]

NEWEST = 200  # stories with the words that are weighed
NEWEST_HEADLINES = 100  # and those with the words in the headline, which may be much older
PAGE = 10
HALF_LIFE = timedelta(days=180)
EVERGREEN = 0.3  # the part of a story's relevance that no age takes from it
BEST, LATEST, OLDEST = "best", "newest", "oldest"


@dataclass(frozen=True)
class Filters:
    """What a search is narrowed by: keys of sections and of an author, a kind, instants (`until` is not in it)."""

    sections: tuple[int, ...] = ()
    kind: str = ""
    author: int | None = None
    since: datetime | None = None
    until: datetime = field(default_factory=timezone.now)
    oldest_first: bool = False


@dataclass(slots=True)
class Result:
    """What a page of results must know of a story for itself."""

    COLUMNS = "pk", "slug", "kicker", "headline", "dateline"

    pk: int
    slug: str
    kicker: str
    headline: str
    dateline: str
    text: str
    snippet: str = ""
    head: str = ""  # once printed (results.py)


@dataclass
class Found:
    """One page of what was found."""

    stories: list[Result] = field(default_factory=list)
    number: int = 0  # of all stories that were found
    is_more: bool = False  # there are more than that, which no page shows
    pages: int = 1
    corrected: str = ""  # what was looked for instead, because no story has a word that was typed
    is_partial: bool = False  # no story has all the words


def index_of(alias):
    """The index of this database, or None where stories are not kept."""
    connection = connections[alias]
    return {"sqlite": SQLite, "postgresql": PostgreSQL}[connection.vendor](connection)


def install(using="default", **kwargs):
    """Make the index of this database if it has none, or not the one that this version wants."""
    connection = connections[using]
    table = Article._meta.db_table
    if not router.allow_migrate_model(using, Article):
        return
    with transaction.atomic(using=using), connection.cursor() as cursor:
        if table in connection.introspection.table_names(cursor):
            index_of(using).install(cursor)


def search(typed: str, filters: Filters | None = None, sort: str = BEST, page: int = 1) -> Found:
    """Published stories that hold the words of `typed`. Where none holds them all, a word that no story has is
    corrected, and if that does not help, stories with some of the words are found."""
    query = Query.read(typed)
    if not query.wanted:
        return Found()
    filters = replace(filters or Filters(), oldest_first=sort == OLDEST)
    if there := server.present():
        try:
            return found_by(there, query, filters, sort, page)
        except server.Unavailable as error:
            server.note_away(error)
    return found_by(index_of(Article.objects.db), query, filters, sort, page)


def found_by(index, query, filters, sort, page) -> Found:
    keys, is_more = ordered(index, query, "AND", filters, sort)
    found = Found(is_more=is_more)
    if not keys and (corrected := spelling.corrected(query, known=lambda word: is_known(index, word))):
        keys, found.is_more = ordered(index, corrected, "AND", filters, sort)
        if keys:
            found.corrected, query = spelling.written(corrected), corrected
    if not keys and len(query.wanted) > 1:
        keys, found.is_more = ordered(index, query, "OR", filters, sort)
        found.is_partial = True
    found.number, found.pages = len(keys), max(1, -(-len(keys) // PAGE))
    found.stories = with_snippets(keys[(page - 1) * PAGE : page * PAGE], query.stems())
    return found


def ordered(index, query, joiner, filters, sort) -> tuple[list[int], bool]:
    """The keys of public stories in the order that was asked for, and whether there are more of them."""
    relevance = index.hits(query, joiner, filters, NEWEST + 1)
    is_more = len(relevance) > NEWEST
    if is_more:
        relevance.popitem()
        if sort == BEST:
            headlines = index.hits(query, joiner, filters, NEWEST_HEADLINES, headline_only=True)
            relevance = {key: max(relevance.get(key, 0), headlines.get(key, 0)) for key in relevance | headlines}
    if not relevance:
        return [], False
    public = Article.objects.published().order_by().filter(pk__in=relevance).values_list("pk", "published_at")
    published_at = dict(public)
    if sort == BEST:
        now = timezone.now()

        def place(key):
            freshness = 0.5 ** ((now - published_at[key]) / HALF_LIFE)
            return relevance[key] * (EVERGREEN + (1 - EVERGREEN) * freshness), published_at[key], key

        return sorted(published_at, key=place, reverse=True), is_more
    return sorted(published_at, key=lambda key: (published_at[key], key), reverse=sort != OLDEST), is_more


def is_known(index, word: str) -> bool:
    """Whether a reader can find this word now."""
    keys = index.hits(Query((word,), ()), "AND", Filters(), 20)
    return bool(keys) and Article.objects.published().filter(pk__in=keys).exists()


def with_snippets(keys, wanted):
    """Columns and no rows: what stands above a snippet is mostly found ready (results.py)."""
    if not keys:
        return []
    columns = Article.objects.published().order_by().filter(pk__in=keys).values_list(*Result.COLUMNS)
    texts = columns.annotate(text=Left("search_text", READ))
    found = {values[0]: Result(*values) for values in texts}
    for story in found.values():
        story.snippet = snippet(story, story.text, wanted)
    return [found[key] for key in keys if key in found]
