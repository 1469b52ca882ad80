"""Lists of stories by page: older stories are found by a keyset, so that page 500 costs what page 1 costs."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import Http404

PAGE = 20


@dataclass
class Page:
    """`stories` of one page; `older` is the query string of the next one, or "" at the end."""

    stories: list
    older: str
    is_first: bool


def _parse(before: str):
    """`before` is microseconds since 1970 and the story's key: "1700000000000000-12"."""
    micros, _, key = before.partition("-")
    try:
        return datetime.fromtimestamp(int(micros) / 1_000_000, UTC).replace(microsecond=int(micros) % 1_000_000), int(
            key
        )
    except (ValueError, OverflowError, OSError) as error:
        raise Http404 from error


def page_of(articles, before: str = "", size: int = PAGE) -> Page:
    """The newest `size` stories, or those before the mark in `before`. Raises Http404 for a mark that is none."""
    if before:
        at, key = _parse(before)
        articles = articles.filter(published_at__lte=at).exclude(published_at=at, pk__gte=key)
    stories = list(articles.newest().listing()[: size + 1])
    older = ""
    if len(stories) > size:
        last = stories[size - 1]
        micros = int(last.published_at.timestamp()) * 1_000_000 + last.published_at.microsecond
        older = f"before={micros}-{last.pk}"
    return Page(stories[:size], older, not before)
