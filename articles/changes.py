"""What became different for readers. It is said here; the page cache and pings listen, and nothing here knows them.

A listener is a function of a set of stories' keys. It is called after the commit, and by the worker at the second when
the clock alone changes what readers see. It may be called twice for one change, so it must not mind that.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from newsroom.commits import gather, promised

listeners: list[Callable[[set[int]], None]] = []


def listen(listener):
    """Also as a decorator."""
    listeners.append(listener)
    return listener


@promised
def tell(keys: Iterable[int]) -> None:
    """All listeners, whatever one of them raises; it is raised then."""
    named, failed = set(keys), []
    for listener in listeners if named else []:
        try:
            listener(named)
        except Exception as error:
            failed.append(error)
    if failed:
        raise ExceptionGroup("Some were not told of changed stories", failed)


def changed(keys: Iterable[int]) -> None:
    """Name these stories once what happened to them is there to be seen. A listener that fails spoils no save."""
    named = set(keys)
    if named:
        gather(tell, named)


CLOCKS = ("published_at", "embargo_until", "unpublish_at")


def by_the_clock(stories, since: datetime, until: datetime) -> set[int]:
    """Those that came or went after `since` and until `until`, whether or not anybody noticed."""
    return {pk for column in CLOCKS for pk, _at in _due(stories, column, since, until)}


def instants(stories, since: datetime, until: datetime) -> list[datetime]:
    """The moments in that time at which stories come or go."""
    return sorted({at for column in CLOCKS for _pk, at in _due(stories, column, since, until)})


def _due(stories, column, since, until):
    inside = {f"{column}__gt": since, f"{column}__lte": until}
    return stories.filter(status="published", **inside).order_by().values_list("pk", column)
