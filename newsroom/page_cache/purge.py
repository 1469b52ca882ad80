"""Saying what changed, once the change is there to be read."""

from newsroom.commits import gather, promised

from . import cdn, store


def changed(*names: str) -> None:
    """Drop every page that carries one of these once the present transaction is committed, with one message."""
    if names:
        gather(_purge, names)


def everything_changed() -> None:
    """For whoever wrote so much past save() that nobody can name it."""
    gather(_empty, [""])


@promised
def _empty(_) -> bool:
    is_told = store.shared().forget_all()
    cdn.tell([cdn.EVERY_PAGE])
    return is_told


@promised
def _purge(names: set[str]) -> bool:
    is_told = store.shared().purge(names)
    cdn.tell(names)
    return is_told
