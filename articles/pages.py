"""Lists of stories by page: older stories are found by a keyset, so that page 500 costs what page 1 costs."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.http import Http404

from newsroom.page_cache import withhold

PAGE = 20
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class Page:
    """`stories` of one page; `older` is the query string of the next one, or "" at the end."""

    stories: list
    older: str
    is_first: bool


def _parse(before: str):
    """`before` is microseconds since 1970 and the story's key: "1700000000000000-12"."""
    mark = re.fullmatch(r"([1-9][0-9]{0,16})-([1-9][0-9]{0,17})", before)
    if mark is None:
        raise Http404
    return EPOCH + timedelta(microseconds=int(mark[1])), int(mark[2])


def page_of(articles, before: str = "", size: int = PAGE) -> Page:
    """The newest `size` stories, or those before the mark in `before`. Raises Http404 for a mark that is none."""
    if before:
        at, key = _parse(before)
        if not articles.order_by().filter(pk=key, published_at=at).exists():
            withhold()  # there are as many marks as numbers; those of our own pages are where a story stands
        # The mark first: of two upper bounds SQLite walks the index from the one that it is told first.
        until = articles.model._default_manager.order_by().filter(published_at__lte=at)
        articles = (until & articles).exclude(published_at=at, pk__gte=key)
    # Keys are found in an index alone, and only so many rows are read. Asked for whole rows of a section with parts,
    # SQLite reads and sorts all that it ever had.
    keys = articles.newest().values("pk")[: size + 1]
    stories = list(articles.model._default_manager.filter(pk__in=keys).newest().listing())
    older = ""
    if len(stories) > size:
        last = stories[size - 1]
        micros = (last.published_at - EPOCH) // timedelta(microseconds=1)
        older = f"before={micros}-{last.pk}"
    return Page(stories[:size], older, not before)
