"""What readers' pages report is gathered for a second, logged in the cache, and moved into rows by the worker.

`incr` gives each second of a process a number in the log, and under the number stands what was read. That works on any
cache, writes no row while a reader waits, and tells what was moved from what was not. Of a reader the cache knows for
some hours that one of the few places which a network has for a story is taken, by a hash whose key lasts a day.
"""

import hashlib
import hmac
import ipaddress
import logging
import os
import secrets
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from multiprocessing.util import Finalize

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from articles.models import Article
from newsroom.limits import visitor_address
from reading.models import Mark, Reads

log = logging.getLogger(__name__)

AGAIN = 6 * 3600  # seconds after which the same reader of the same story counts again
A_DAY = 24 * 3600
A_WHILE = 1  # seconds that readings are gathered in a process; one that is killed (-9) loses them
NETWORKS = 50_000  # that a process remembers in an hour
LAST = "reads-last"  # the newest number of the log
RING = 20_000  # its length; more pushes the oldest out, so that memory stays bounded while no worker runs
WAIT = 6 * 3600  # seconds that an entry waits for the worker
BATCH = 1000
KEPT = timedelta(days=8)

_lock = threading.Lock()
_gathered: Counter = Counter()  # (story, hour)
_sent: dict[str, int] = {}  # by hashes of networks, in the hour that stands under ""


def count(story: int, request) -> bool:
    """Whether this reading was counted. Nothing is asked of the database, so no answer tells which stories exist."""
    network, reader = _who(request)
    hour = int(timezone.now().timestamp()) // 3600
    try:
        if _sends_too_much(_hash(network), hour) or not _is_new(story, network, reader):
            return False
    except Exception:  # the cache's client has errors of its own for each backend
        log.warning("no cache to count readings in", exc_info=True)
        return False
    with _lock:
        if not _gathered:
            _log_later()
        _gathered[story, hour] += 1
    return True


def _log_later() -> None:
    _log_at_the_end_of(os.getpid())
    timer = threading.Timer(A_WHILE, log_gathered)
    timer.daemon = True  # nobody waits for it: the end of the process logs by itself
    timer.start()


@lru_cache(maxsize=1)
def _log_at_the_end_of(process: int) -> None:
    """A web server's child ends without atexit, and without waiting for threads; this it does (granian 2.8, seen)."""
    Finalize(None, log_gathered, exitpriority=10)


def log_gathered() -> None:
    with _lock:
        entry = dict(_gathered)
        _gathered.clear()
    if not entry:
        return
    try:
        cache.add(LAST, 0, timeout=None)
        number = cache.incr(LAST)
        cache.set(_slot(number), (number, entry), timeout=WAIT)
    except Exception:
        log.warning("no cache to log %s readings in", sum(entry.values()), exc_info=True)


def _who(request) -> tuple[str, str]:
    """The reader's network and browser. What one customer gets in IPv6 is a network, however many addresses it has."""
    address = visitor_address(request)
    try:
        network = str(ipaddress.ip_network((address, 56), strict=False)) if ":" in address else address
    except ValueError:
        network = address
    return network, f"{address} {request.headers.get('User-Agent', '')}"


def _sends_too_much(network, hour) -> bool:
    with _lock:
        if _sent.get("") != hour or len(_sent) > NETWORKS:
            _sent.clear()
            _sent[""] = hour
        _sent[network] = _sent.get(network, 0) + 1
        return _sent[network] > settings.READS_PER_HOUR


def _is_new(story, network, reader) -> bool:
    """A network's readers share a few places for each story: a burst from it ends when they are taken."""
    place = int(_hash(reader), 16) % settings.READERS_PER_NETWORK
    return cache.add(f"read:{_hash(f'{story} {network} {place}')}", True, timeout=AGAIN)


def _hash(text: str) -> str:
    return hmac.new(_key_of_today(), text.encode(errors="replace"), hashlib.sha256).hexdigest()[:24]


def _key_of_today() -> bytes:
    return _key_of(f"{timezone.now():%Y-%m-%d}")


@lru_cache(maxsize=1)  # each process fetches it once
def _key_of(day: str):
    """Random, and in the cache alone: what the hashes of a day could tell goes with it."""
    return cache.get_or_set(f"reads-key:{day}", lambda: secrets.token_bytes(32), timeout=A_DAY)


def _slot(number: int) -> str:
    return f"reads:{number % RING}"


# By the worker


def move() -> int:
    """Move what was counted before the last look into rows; returns how many readings.

    The mark moves in the same transaction: a worker that dies loses nothing and counts nothing twice. What came since
    the last look waits for the next, because whoever has a number may still be writing under it.
    """
    mark, last = Mark.current(), cache.get(LAST) or 0
    if last == mark.moved == mark.seen:
        return 0
    if last < mark.seen:  # the cache lost its numbers and begins again
        return _move(mark, {}, moved=0, seen=last)
    counts = _counted(max(mark.moved, last - RING), mark.seen)
    return _move(mark, counts, moved=mark.seen, seen=last)


def _counted(after: int, until: int) -> Counter:
    counts: Counter = Counter()
    for start in range(after + 1, until + 1, BATCH):
        numbers = range(start, min(start + BATCH, until + 1))
        for number, entry in cache.get_many(_slot(number) for number in numbers).values():
            if number in numbers:  # else a later round of the ring stands there
                counts.update(entry)
    return counts


@transaction.atomic
def _move(mark, counts, **places) -> int:
    if not Mark.objects.filter(pk=mark.pk, moved=mark.moved, seen=mark.seen).update(**places):
        return 0  # another worker did it meanwhile
    return add(_public(counts))


def _public(counts) -> dict:
    """Only what readers could see was read, whatever was sent."""
    public: set[int] = set()
    for keys in _batches({story for story, _ in counts}):
        public.update(Article.objects.published().order_by().filter(pk__in=keys).values_list("pk", flat=True))
    return {
        (story, datetime.fromtimestamp(hour * 3600, tz=UTC)): number
        for (story, hour), number in counts.items()
        if story in public
    }


def add(counts) -> int:
    """Add {(story, hour): number} to the rows. To be called by one at a time."""
    for batch in _batches(counts):
        stories, hours = {story for story, _ in batch}, {hour for _, hour in batch}
        there = Reads.objects.filter(article__in=stories, hour__in=hours)
        before = {(row.article_id, row.hour): row.count for row in there}
        Reads.objects.bulk_create(
            (Reads(article_id=key[0], hour=key[1], count=counts[key] + before.get(key, 0)) for key in batch),
            update_conflicts=True,
            unique_fields=["article", "hour"],
            update_fields=["count"],
        )
    return sum(counts.values())


def _batches(keys):
    """A statement takes only so many values, and somebody may have sent many keys."""
    left = iter(keys)
    while batch := list(islice(left, BATCH)):
        yield batch


def forget() -> int:
    return Reads.objects.filter(hour__lt=timezone.now() - KEPT).delete()[0]
