"""The search server of SEARCH_URL, where there is one. While it is away the database searches."""

import logging
import time
from functools import lru_cache

from django.conf import settings

log = logging.getLogger(__name__)
AGAIN = 10.0  # seconds after which a server that was away is asked again: no reader but one waits for it meanwhile
_asked_again = {"at": 0.0}


class Unavailable(Exception):
    """It does not answer, or has no index yet."""


def server():
    """None where the newsroom has none."""
    return _server(settings.SEARCH_URL) if settings.SEARCH_URL else None


@lru_cache(1)
def _server(url):
    from .opensearch import OpenSearch  # its package is installed where there is a server

    return OpenSearch(url)


def present():
    """The server, unless it was away a moment ago."""
    return server() if time.monotonic() >= _asked_again["at"] else None


def note_away(error) -> None:
    _asked_again["at"] = time.monotonic() + AGAIN
    log.warning("the database searches, the search server does not: %s", error)


def follow(keys: set[int]) -> None:
    """Have the worker write these stories to the index. While there is no broker, changes.py tells them again."""
    if settings.SEARCH_URL:
        from articles.tasks import index_stories

        index_stories.delay(sorted(keys))
