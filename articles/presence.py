"""Who has a story open: in the cache, for as long as their windows go on saying so.

It is a courtesy and no lock. Without a cache nobody is shown and nobody is held up.
"""

import logging

from django.core.cache import cache
from django.utils import timezone

log = logging.getLogger(__name__)
SECONDS = 45  # a window says so every 15
WINDOWS = 50  # of one story


def _key(pk, window=""):
    return f"story-open:{pk}:{window}"


def _left(pk, window):
    return f"{_key(pk, window)}:left"


def here(pk, window, user, has_typed=False) -> list[dict]:
    """One window's beat; what the other windows said last: who, name, since, typed."""
    try:
        return _here(pk, window, user, has_typed)
    except Exception:  # the cache's client has errors of its own for each backend
        log.warning("no cache to say who has story %s open", pk, exc_info=True)
        return []


def _here(pk, window, user, has_typed):
    now = timezone.now()
    mine = cache.get(_key(pk, window)) or {"since": now, "typed": None}
    mine |= {"who": user.pk, "name": user.get_full_name() or user.get_username()}
    mine["typed"] = now if has_typed else mine["typed"]
    cache.set(_key(pk, window), mine, SECONDS)
    windows = list(dict.fromkeys([*(cache.get(_key(pk)) or ()), window]))[-WINDOWS:]
    found = cache.get_many([key for other in windows for key in (_key(pk, other), _left(pk, other))])
    still = [w for w in windows if w == window or (_key(pk, w) in found and _left(pk, w) not in found)]
    cache.set(_key(pk), still, SECONDS)
    return sorted((found[_key(pk, w)] for w in still if w != window), key=lambda other: other["since"])


def leave(pk, window) -> None:
    """For good: what a closing window sent before may arrive after this, or at the same moment."""
    try:
        cache.set(_left(pk, window), True, SECONDS)
    except Exception:
        log.warning("no cache to forget who had story %s open", pk, exc_info=True)
