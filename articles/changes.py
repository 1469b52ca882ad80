"""What became different for readers. It is said here; a page cache or a ping listens, and nothing here knows that.

A listener is a function of a set of stories' keys. It is called after the commit, and by the worker at the second when
the clock alone changes what readers see. It may be called twice for one change, so it must not mind that.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import transaction

listeners: list[Callable[[set[int]], None]] = []


def listen(listener):
    """Also as a decorator."""
    listeners.append(listener)
    return listener


def tell(keys: Iterable[int]) -> None:
    named = set(keys)
    for listener in listeners if named else []:
        listener(named)


def changed(keys: Iterable[int]) -> None:
    """Name these stories once what happened to them is there to be seen. A listener that fails spoils no save."""
    named = set(keys)
    for listener in listeners if named else []:
        transaction.on_commit(_call(listener, named), robust=True)


def _call(listener, named):
    def call():  # a function and no partial: Django logs a failed one by its name
        listener(named)

    return call


def by_the_clock(stories, since: datetime, until: datetime) -> set[int]:
    """Those that came or went after `since` and until `until`, whether or not anybody noticed."""
    found: set[int] = set()
    for column in ("published_at", "embargo_until", "unpublish_at"):
        inside = {f"{column}__gt": since, f"{column}__lte": until}
        found |= set(stories.filter(status="published", **inside).order_by().values_list("pk", flat=True))
    return found
