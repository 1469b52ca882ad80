"""Doing something once after a commit, however often the transaction asked for it.

What is promised is also written down in the transaction, and struck out when it was done. A process that is killed
between the two, or finds its database or Redis away, leaves the row to the worker, which looks for rows each second.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import groupby

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from newsroom.models import Promise

log = logging.getLogger(__name__)
SEEN = "promises-seen"
SEEN_FOR = 60  # seconds
AT_ONCE = 1000  # rows
GIVEN_UP = timedelta(hours=1)  # by then every page was made anew without being told

Deed = Callable[[set], bool | None]
deeds: dict[str, Deed] = {}


def promised(deed: Deed) -> Deed:
    """For a deed that is done even when this process dies, if need be twice. Its things are what JSON knows; False says
    that it is to be done again."""
    deeds[_name_of(deed)] = deed
    return deed


def _name_of(deed):
    return f"{deed.__module__}.{deed.__qualname__}"


class Gathered:
    """What one savepoint asked of a deed."""

    def __init__(self, deed):
        self.deed, self.things, self.is_done = deed, set(), False
        self.written: list[int] = []
        self.__qualname__ = getattr(deed, "__qualname__", repr(deed))  # Django logs by it what failed

    def add(self, things):
        self.things |= things
        if transaction.get_connection().in_atomic_block:
            self.write(things)

    def write(self, things):
        if _name_of(self.deed) in deeds:
            self.written.append(Promise.objects.create(deed=_name_of(self.deed), things=sorted(things)).pk)

    def __call__(self):
        self.is_done, is_kept = True, False
        try:
            is_kept = self.deed(self.things) is not False
        finally:
            if is_kept:
                strike_out(self.written)
            elif not self.written:  # nothing was, outside of a transaction
                self.write(self.things)


def strike_out(keys) -> None:
    if keys:
        Promise.objects.filter(pk__in=keys).delete()


def gather(deed: Deed, things: Iterable) -> None:
    """Call `deed` with all these things once the present transaction is committed; without one, now. A deed that fails
    is logged and spoils nothing; what a savepoint asked that was rolled back is not done.
    """
    connection = transaction.get_connection()
    here, new, gathered = set(connection.savepoint_ids), set(things), None
    for savepoints, waiting, _robust in connection.run_on_commit:
        if isinstance(waiting, Gathered) and waiting.deed is deed and savepoints <= here and not waiting.is_done:
            new -= waiting.things
            gathered = waiting if savepoints == here else gathered
    if not new:
        return
    if gathered:
        gathered.add(new)
        return
    gathered = Gathered(deed)
    gathered.add(new)
    transaction.on_commit(gathered, robust=True)


def keep_promises() -> None:
    """Do what was left undone: rows that were there at the last look too. Whoever made them does it within that time,
    unless it was killed."""
    rows = list(Promise.objects.order_by("deed", "pk")[:AT_ONCE])
    if not rows:
        return
    before = _seen_before(rows)
    for name, left in groupby((row for row in rows if row.pk in before), key=lambda row: row.deed):
        _keep(name, list(left))


def _seen_before(rows) -> set[int]:
    """Told by looks and not by clocks, which may be set back, and run while a transaction does."""
    keys = {row.pk for row in rows}
    try:
        before = cache.get(SEEN) or set()
        cache.set(SEEN, keys, SEEN_FOR)
    except Exception:  # whatever a cache that is down raises
        log.warning("what was left undone is done without a second look: the cache does not answer")
        return keys
    return before


def _keep(name, rows):
    deed, is_kept = deeds.get(name), False
    try:
        is_kept = deed is None or deed({thing for row in rows for thing in row.things}) is not False
    except Exception:
        log.exception("%s could not be done, it is tried again", name)
    since = timezone.now() - GIVEN_UP
    strike_out([row.pk for row in rows if is_kept or row.made_at < since])
