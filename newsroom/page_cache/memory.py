"""What this process holds itself, pages or parts of them, within a number of bytes."""

import threading
from collections import deque

REMEMBERED = 1000  # purges that a page on its way in is compared with


class Memory:
    """Reading takes no lock. What is not asked for goes first (second chance)."""

    def __init__(self, limit: int):
        self.limit = limit
        self.size = 0
        self.pages: dict = {}  # of what has names, a size and is_used
        self.carriers: dict[str, set[str]] = {}  # by name, the keys of the pages that carry it
        self.purges = 0
        self.recent: deque[tuple[int, frozenset[str]]] = deque(maxlen=REMEMBERED)
        self.lock = threading.Lock()

    def put(self, key: str, kept, mark: int) -> None:
        """Hold a page that was true when `purges` was `mark`, unless it was named since."""
        with self.lock:
            if self._was_named(kept.names, mark):
                return
            self._remove(key)
            kept.is_used = False  # until it is asked for: who reads everything once displaces nothing
            self.pages[key] = kept
            self.size += kept.size
            for name in kept.names:
                self.carriers.setdefault(name, set()).add(key)
            self._make_room()

    def drop(self, names) -> None:
        with self.lock:
            self.purges += 1
            self.recent.append((self.purges, frozenset(names)))
            for key in {key for name in names for key in self.carriers.get(name, ())}:
                self._remove(key)

    def remove(self, key: str) -> None:
        with self.lock:
            self._remove(key)

    def clear(self) -> None:
        with self.lock:
            self.purges += REMEMBERED + 1  # nothing on its way in is trusted
            self.recent.clear()
            self.pages.clear()
            self.carriers.clear()
            self.size = 0

    def _was_named(self, names, mark):
        missed = self.purges - mark
        if missed > len(self.recent):
            return True
        return any(not named.isdisjoint(names) for number, named in self.recent if number > mark)

    def _remove(self, key):
        kept = self.pages.pop(key, None)
        if kept is None:
            return
        self.size -= kept.size
        for name in kept.names:
            carriers = self.carriers.get(name)
            if carriers is not None:
                carriers.discard(key)
                if not carriers:
                    del self.carriers[name]

    def _make_room(self):
        while self.size > self.limit and self.pages:
            key = next(iter(self.pages))
            kept = self.pages[key]
            if kept.is_used and len(self.pages) > 1:
                kept.is_used = False
                self.pages[key] = self.pages.pop(key)
            else:
                self._remove(key)
