"""Doing something once after a commit, however often the transaction asked for it."""

from collections.abc import Callable, Iterable

from django.db import transaction


class Gathered:
    """What one savepoint asked of a deed."""

    def __init__(self, deed):
        self.deed, self.things, self.is_done = deed, set(), False
        self.__qualname__ = getattr(deed, "__qualname__", repr(deed))  # Django logs by it what failed

    def __call__(self):
        self.is_done = True
        self.deed(self.things)


def gather(deed: Callable[[set], None], things: Iterable) -> None:
    """Call `deed` with all these things once the present transaction is committed; without one, now. A deed that fails
    is logged and spoils nothing; what a savepoint asked that was rolled back is not done.
    """
    connection = transaction.get_connection()
    here = set(connection.savepoint_ids)
    for savepoints, waiting, _robust in connection.run_on_commit:
        if isinstance(waiting, Gathered) and waiting.deed is deed and savepoints == here and not waiting.is_done:
            waiting.things.update(things)
            return
    gathered = Gathered(deed)
    gathered.things.update(things)
    transaction.on_commit(gathered, robust=True)
