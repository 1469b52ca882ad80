"""Is the worker alive? It says so itself by a task; a desk whose worker is silent shows it."""

import time

from django.core.cache import cache

KEY = "worker-seen"
PATIENCE = 120  # seconds
STARTED = time.time()


def seen() -> None:
    cache.set(KEY, time.time(), timeout=None)


def is_silent() -> bool:
    """A process that has just started gives the worker as long to speak up. Without a cache nobody can know."""
    try:
        last = cache.get(KEY) or STARTED
    except Exception:  # whatever a cache that is down raises, the desk's pages must not fall over it
        return True
    return time.time() - last > PATIENCE
