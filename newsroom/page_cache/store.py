"""Pages that are true, nearest first: in this process, then in Redis.

A process believes the pages that it holds itself as long as it hears the messages of purges. When it does not (Redis is
gone), it keeps a page for one second, so that readers are never further behind than that.
"""

import contextlib
import logging
import os
import threading
import time
from typing import NamedTuple

from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from zstandard import ZstdError

from . import fingerprint
from .backends import ProcessPages, RedisPages
from .kept import Kept
from .memory import Memory

log = logging.getLogger(__name__)

DEAF_AFTER = 1.0  # seconds without a word from Redis
KNOCK = 0.25  # how often it is asked for one
UNHEARD_LIFE = 1.0  # seconds
PATIENCE = 1.0  # seconds that a purge waits for the word of every process; whoever is silent for longer is deaf
IMPATIENCE = 0.1  # while somebody is
DOUBT = 3.0  # that a Redis is not believed after somebody could not tell it of a change; said again while it lasts
FIRST_WORD = 0.5  # seconds that a new process waits for Redis before it shows anything
FAULTS: tuple[type[Exception], ...] = (OSError, RedisError)


class Moment(NamedTuple):
    """In the sequence of all (0 while it is not heard), and in those of this process for pages and parts."""

    number: int
    mark: int
    parts: int


class Store:
    def __init__(self, backend, limit: int, listens: bool):
        self.backend, self.listens = backend, listens
        self.memory = Memory(limit)
        self.parts = Memory(limit // 4)
        self.endless = Memory(limit // 8)  # pages of which there is no end, of this process alone
        self.heard_at = float("-inf") if listens else float("inf")
        self.obeyed = 0
        self.is_making_good = False
        self.doubts_until = float("-inf")
        self.patience = PATIENCE
        self.in_turn: set[str] = set()  # what this process renders; its other requests need not ask Redis
        self._lock = threading.Lock()
        self._listener: threading.Thread | None = None
        self._heard = threading.Event()
        self.has_ended = False

    # For readers

    def near(self, key: str) -> Kept | None:
        """The page that this process holds, if it is true as far as it can know; it may be time to make it anew."""
        kept = self.memory.pages.get(key) or self.endless.pages.get(key)
        if kept is None:
            return None
        now = time.monotonic()
        if now - self.heard_at > DEAF_AFTER and now - kept.held_since > UNHEARD_LIFE:
            return None
        kept.is_used = True
        return kept

    def near_part(self, key: str):
        """The part of a page that this process holds, if it is true; unlike a page it is never shown when its time is
        over."""
        part = self.parts.pages.get(key)
        if part is None or time.time() >= min(part.page.until, part.made_at + settings.PAGE_CACHE_SECONDS):
            return None
        now = time.monotonic()
        if now - self.heard_at > DEAF_AFTER and now - part.held_since > UNHEARD_LIFE:
            return None
        part.is_used = True
        return part

    def find(self, key: str, known: Kept | None = None) -> Kept | None:
        """The page from Redis, if it is true; `known`, where that is as new."""
        if self._doubts():
            return known
        try:
            mark = self.memory.purges
            data = self.backend.load(key)
            if data is None:
                return known
            kept = Kept.unpacked(data)
            if known and kept.made_at <= known.made_at:
                return known
            if self._is_deaf():
                self.backend.begin()  # it may be another Redis than the one that was heard
            if not self.backend.is_true(kept.facts.names, kept.facts.number):
                return known
        except FAULTS:
            return known
        except (ValueError, TypeError, KeyError, ZstdError):
            log.warning("a kept page could not be read; it is made again")
            return known
        self.memory.put(key, kept, mark)
        return kept

    def moment(self) -> Moment:
        """What is rendered from now on is true as of the latest purge that this process has obeyed."""
        parts, mark = self.parts.purges, self.memory.purges  # first: what comes between makes a page older than it is
        if not self.listens:
            return Moment(self.backend.number(), mark, parts)
        return Moment(0 if self._is_deaf() else self.obeyed, mark, parts)

    def keep_here(self, key: str, kept: Kept, mark: int) -> bool:
        """One of endlessly many pages: in the room that they have, and not in Redis."""
        try:
            if not self.backend.is_true(kept.facts.names, kept.facts.number):
                return False
        except FAULTS:
            pass
        self.endless.put(key, kept, mark)
        return True

    def keep(self, key: str, kept: Kept, mark: int) -> bool:
        """Hold the page for all, unless something that it carries changed while it was made."""
        try:
            if not self._doubts():
                if not self.backend.is_true(kept.facts.names, kept.facts.number):
                    return False
                self.backend.save(key, kept.packed())
        except FAULTS:
            pass  # for this process alone then
        self.memory.put(key, kept, mark)
        return True

    def _doubts(self):
        return time.monotonic() < self.doubts_until

    def _doubt(self):
        """It answers but takes nothing in (a replica after a failover, no memory left), so its pages may be old."""
        self.doubts_until = time.monotonic() + DOUBT
        self.heard_at = float("-inf")

    def _is_deaf(self):
        return time.monotonic() - self.heard_at > DEAF_AFTER

    def discard(self, key: str) -> None:
        """There is no such page any more."""
        self.memory.remove(key)
        with contextlib.suppress(*FAULTS):
            self.backend.discard(key)

    def take_turn(self, key: str) -> str | None:
        """A token for the one request of all processes that renders this page now; None for the others."""
        with self._lock:
            if key in self.in_turn:
                return None
            self.in_turn.add(key)
        try:
            token = self.backend.take_turn(key)
        except FAULTS:
            token = "alone"
        if token is None:
            self.in_turn.discard(key)
        return token

    def take_turn_here(self, key: str) -> bool:
        """Whether no other request of this process renders this page now."""
        with self._lock:
            is_free = key not in self.in_turn
            self.in_turn.add(key)
        return is_free

    def end_turn(self, key: str, token: str) -> None:
        try:
            self.backend.end_turn(key, token)
        except FAULTS:
            pass
        finally:
            self.in_turn.discard(key)

    # For whoever changes something

    def purge(self, names) -> bool:
        """When it returns, no process that can be reached shows a page that carries one of these names; False where
        Redis could not be told."""
        try:
            number, ears = self.backend.purge(names)
        except FAULTS as error:
            log.warning("the page cache was not told of a change, and is emptied when Redis answers: %s", error)
            self.drop(names)
            self.forget_all()
            return False
        self.drop(names)
        with contextlib.suppress(*FAULTS):
            was_heard = self.backend.wait_until_heard(number, ears, self.patience)
            self.patience = PATIENCE if was_heard else IMPATIENCE
        return True

    def drop(self, names) -> None:
        self.parts.drop(names)  # first: a page that is rendered from now on finds none of them
        self.endless.drop(names)
        self.memory.drop(names)

    def clear(self) -> None:
        self.parts.clear()
        self.endless.clear()
        self.memory.clear()

    def forget_all(self) -> bool:
        """No page is true any more, here or elsewhere; False where Redis could not be told."""
        self.clear()
        try:
            self.backend.forget_all()
        except FAULTS:
            self._doubt()
            self._make_good()
            return False
        return True

    def _make_good(self):
        """Nobody knows any more which pages are true, so none is: as soon as Redis can be told."""
        if not self.is_making_good:
            self.is_making_good = True
            threading.Thread(target=self._forget_all, name="page-cache-forget", daemon=True).start()

    def _forget_all(self):
        while True:
            try:
                self.backend.forget_all()
                break
            except FAULTS:
                self._doubt()
                time.sleep(1)
        self.is_making_good = False
        self.doubts_until = float("-inf")
        self.clear()

    # Hearing of purges

    def listen(self) -> None:
        """Begin to, in a process that shows pages; done already, it costs nothing."""
        if not self.listens:
            return
        with self._lock:
            if self._listener is None:
                self._listener = threading.Thread(target=self._listen_for_ever, name="page-cache", daemon=True)
                self._listener.start()
        self._heard.wait(FIRST_WORD)

    def _listen_for_ever(self):
        while not self.has_ended:
            try:
                self._hear()
            except FAULTS as error:
                log.warning("the page cache hears no changes: %s", error)
            except Exception:
                log.exception("the page cache hears no changes")
            self.heard_at = float("-inf")
            time.sleep(KNOCK)

    def end(self) -> None:
        """Listen no longer."""
        self.has_ended = True

    def _hear(self):
        for message in self.backend.messages(KNOCK):
            if message == "begin":
                self.clear()
                self.obeyed = self.backend.begin()
            elif message:
                self._obey(*message)
            if not self._doubts():
                self.heard_at = time.monotonic()
            self._heard.set()
            if self.has_ended:
                return

    def _obey(self, number, names):
        if names:
            self.drop(names)
        else:
            self.clear()
            self.doubts_until = float("-inf")
        if number:
            self.obeyed = number
            self.backend.acknowledge(number)
        else:
            self._doubt()


_stores: dict[int, Store] = {}
_making = threading.Lock()


def shared() -> Store:
    """The store of this process; a forked one gets its own."""
    store = _stores.get(os.getpid())
    if store is None:
        with _making:
            store = _stores.get(os.getpid())
            if store is None:
                _stores.clear()
                store = _stores[os.getpid()] = _make()
    return store


def forget() -> None:
    """For tests: begin anew."""
    for store in _stores.values():
        store.end()
    _stores.clear()


def _make():
    limit = settings.PAGE_CACHE_MEGABYTES * 2**20
    if not settings.PAGE_CACHE_REDIS:
        return Store(ProcessPages(), limit, listens=False)
    client = Redis.from_url(settings.CACHE_URL, socket_timeout=2, socket_connect_timeout=1)
    room = settings.PAGE_CACHE_SHARED_MEGABYTES * 2**20
    return Store(RedisPages(client, "newsroom:pages", fingerprint.of_code(), room), limit, listens=True)
