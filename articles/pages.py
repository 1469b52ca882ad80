"""Lists of stories by page: older stories are found by a keyset, so that page 500 costs what page 1 costs."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import DateTimeField, Exists, Subquery, Value
from django.http import Http404

from articles import names
from articles.lists import Shelf, section_tree
from newsroom.page_cache import carry, withhold

PAGE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Page:
    """`stories` of one page; `older` is the query string of the next one, or "" at the end; `sections`: the tree."""

    stories: list
    older: str
    is_first: bool
    sections: list


def _parse(before: str):
    """`before` is microseconds since 1970 and the story's key: "1700000000000000-12"."""
    mark = re.fullmatch(r"([1-9][0-9]{0,16})-([1-9][0-9]{0,17})", before)
    if mark is None:
        raise Http404
    return EPOCH + timedelta(microseconds=int(mark[1])), int(mark[2])


def page_of(articles, before: str = "", size: int = PAGE, coming=None, sections=None) -> Page:
    """The newest `size` stories, or those before the mark in `before`. Raises Http404 for a mark that is none.

    `coming`: the same stories, asked for in the way in which those to come are found fastest.
    """
    # Found in an index alone. Asked for whole rows of a section with parts, SQLite reads and sorts all it ever had.
    rows = _before(articles, *_parse(before)) if before else _with_next(articles, coming)
    found = list(rows.newest().values_list("pk", "published_at", "aside")[: size + 1])
    if before and not (found and found[0][2]):
        withhold()  # there are as many marks as numbers; those of our own pages are where a story stands
    elif not before and coming is not None:
        carry(until=found[0][2] if found else coming.next_due())
    sections = sections or section_tree()
    shelf = Shelf(sections)
    stories = [shelf.add(pk, published_at=published_at) for pk, published_at, _aside in found[:size]]
    carry(*(names.story(story.pk) for story in stories))
    older = ""
    if len(found) > size:
        last = stories[-1]
        micros = (last.published_at - EPOCH) // timedelta(microseconds=1)
        older = f"before={micros}-{last.pk}"
    return Page(stories, older, not before, sections)


def _before(articles, at, key):
    """`aside`: whether the mark is a story's."""
    is_there = Exists(articles.order_by().filter(pk=key, published_at=at))
    # The mark first: of two upper bounds SQLite walks the index from the one that it is told first.
    until = articles.model._default_manager.order_by().filter(published_at__lte=at)
    return (until & articles).exclude(published_at=at, pk__gte=key).annotate(aside=is_there)


def _with_next(articles, coming):
    """`aside`: when the next of those to come is due."""
    if coming is None:
        return articles.annotate(aside=Value(None, DateTimeField()))
    due = coming.scheduled().order_by("published_at").values("published_at")[:1]
    return articles.annotate(aside=Subquery(due))
