"""Parts that many pages share, kept in this process by the same rules as whole pages: a page that must be rendered
finds its menu and the stories that did not change ready made."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.conf import settings

from . import store
from .carried import adopt, rendering

T = TypeVar("T")
ABOUT = 2000  # bytes that the memory counts for a part, beside what its value says of its size


class Part:
    __slots__ = ("held_since", "is_used", "made_at", "names", "page", "size", "value")

    def __init__(self, value, page, made_at):
        self.value, self.page, self.made_at = value, page, made_at
        self.names = frozenset(page.names)
        self.size = ABOUT + (len(value) if isinstance(value, str) else getattr(value, "size", 0))
        self.held_since = time.monotonic()
        self.is_used = True


def remembered(key: str, make: Callable[[], T]) -> T:
    """What `make` gives, made again when something that it carried changed. All threads share it: nobody changes it."""
    if not settings.PAGE_CACHE:
        return make()
    pages = store.shared()
    part = pages.near_part(key)
    if part is None:
        now = time.time()
        with rendering() as page:
            value = make()
        part = Part(value, page, now)
        # The part may show rows that were loaded before it, so it is as old as the page that it is made for; nobody
        # knows how old that is of a page that is made for one reader.
        if page.is_kept and page.began is not None:
            pages.parts.put(key, part, page.began)
    adopt(part.page)
    return part.value


def is_at_hand(key: str) -> bool:
    """Whether remembered() most likely makes nothing: what it would be made of need not be loaded."""
    return settings.PAGE_CACHE and store.shared().near_part(key) is not None
