"""A publish watched from 16 connections while 16 others read: `python -m benchmarks.watched [folder [seconds]]`.

An editor changes one headline again and again; each of the 16 watches one page that carries it. Nobody may get the old
text after the new one, on the same connection or, once the editor was answered, on any; no page may show both.
"""

import random
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.visible import Reader, carrying, editor_of, ms
from tests.live import Newsroom, opened

WATCHERS, READERS = 16, 16
SECONDS = 30
PAUSE = 0.5  # seconds between two publishes
LOOK, NAP = 0.005, 0.05  # seconds between two looks of a watcher, two pages of a reader
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)


class Publisher:
    """Numbers in one headline, and when each was answered."""

    def __init__(self, newsroom: Newsroom):
        self.newsroom, self.editor = newsroom, editor_of(newsroom)
        section, author, tag = newsroom.found(
            "[Section.objects.first().pk, Author.objects.first().pk, Tag.objects.first().name]"
        )
        self.word = f"Tide{time.time_ns()}"  # of this run alone
        self.mark = re.compile(rf"{self.word} (\d{{6}})".encode())
        self.number, self.pressed, self.answered = 1, {1: time.time()}, {1: time.time()}
        self.form = self.editor.new_story(
            headline=f"{self.word} 000001", slug=self.word.lower(), section=section, tags=tag,
            body="<p>It came in at dawn.</p>",
            **{"bylines-0-author": author},
        )  # fmt: skip
        self.pages = list(carrying(newsroom, Reader(newsroom), self.word.lower()).values())

    def publish(self) -> bool:
        """Whether the desk said that it was done."""
        number = self.number + 1
        self.pressed[number] = time.time()
        answer = self.editor.save(self.form, "_publish", headline=f"{self.word} {number:06}")
        if answer.status != 302:
            return False
        self.number, self.answered[number] = number, time.time()
        return True


class Connection(threading.Thread):
    """A bare socket, which costs the least beside what it watches."""

    nap = NAP

    def __init__(self, newsroom: Newsroom, paths):
        super().__init__(daemon=True)
        self.place = ("127.0.0.1", int(newsroom.environment["PORT"]))
        self.line: socket.socket | None = None
        self.paths, self.asked, self.has_ended = paths, 0, False
        self.refused: dict[int, int] = defaultdict(int)
        self.start()

    def run(self):
        while not self.has_ended:
            path, began = random.choice(self.paths), time.time()
            try:
                status, body = self.ask(path)
            except (OSError, AttributeError, ValueError):
                self.line, status, body = None, 0, b""
            self.asked += 1
            if status != 200:
                self.refused[status] += 1
            else:
                self.see(path, body, began)
            time.sleep(self.nap)

    def ask(self, path) -> tuple[int, bytes]:
        self.line = self.line or socket.create_connection(self.place, timeout=30)
        self.line.sendall(f"GET {path} HTTP/1.1\r\nHost: {self.place[0]}:{self.place[1]}\r\n\r\n".encode())
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.more()
        head, _, body = data.partition(b"\r\n\r\n")
        found = LENGTH.search(head + b"\r\n")
        length = int(found[1]) if found else 0
        while len(body) < length:
            body += self.more()
        return int(head[9:12]), body

    def more(self):
        data = self.line.recv(1 << 18)
        if not data:
            raise ConnectionError
        return data

    def see(self, path, body, began): ...


class Watcher(Connection):
    nap = LOOK

    def __init__(self, newsroom, publisher, path):
        self.publisher = publisher
        self.seen = 0
        self.first_seen: dict[int, float] = {}
        self.wrong: list[str] = []
        super().__init__(newsroom, [path])

    def see(self, path, body, began):
        numbers = {int(number) for number in self.publisher.mark.findall(body)}
        if not numbers:
            self.wrong.append(f"{path}: the story is not there")
            return
        oldest, newest = min(numbers), max(numbers)
        if oldest != newest:
            self.wrong.append(f"{path}: {oldest} beside {newest}")
        if oldest < self.seen:
            self.wrong.append(f"{path}: {oldest} after {self.seen}")
        answered = self.publisher.answered
        due = max((number for number in range(newest, newest + 5) if answered.get(number, began) < began), default=0)
        if oldest < due:
            self.wrong.append(f"{path}: {oldest}, {began - answered[due]:.3f} s after {due} was answered")
        self.seen = newest
        self.first_seen.setdefault(newest, time.time())


def measure(newsroom: Newsroom, seconds: float = SECONDS, fault=lambda number: None) -> list[str]:
    """What was wrong, after saying how it went. `fault` is called after each publish with its number."""
    publisher = Publisher(newsroom)
    sitemap = publisher.newsroom.asked("/sitemap-stories-00000.xml")
    others = [path for path in re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", sitemap)][:200] or publisher.pages
    watched = (publisher.pages * WATCHERS)[:WATCHERS]
    watchers = [Watcher(newsroom, publisher, path) for path in watched]
    readers = [Connection(newsroom, others + publisher.pages) for _ in range(READERS)]
    until, failed = time.time() + seconds, 0
    while time.time() < until:
        failed += not publisher.publish()
        fault(publisher.number)
        time.sleep(PAUSE)
    time.sleep(1)
    for thread in [*watchers, *readers]:
        thread.has_ended = True
    for thread in [*watchers, *readers]:
        thread.join(30)
    wrong = [line for watcher in watchers for line in watcher.wrong]
    say(publisher, watchers, readers, failed)
    print(f"  {len(wrong)} wrong" + "".join(f"\n    {line}" for line in wrong[:10]))
    return wrong


def say(publisher, watchers, readers, failed):
    spread, whole, late = [], [], []
    for number in range(2, publisher.number):
        times = [watcher.first_seen[number] for watcher in watchers if number in watcher.first_seen]
        if number in publisher.answered and len(times) == WATCHERS:
            spread.append(max(times) - min(times))
            whole.append(max(times) - publisher.pressed[number])
            late.append(max(times) - publisher.answered[number])
    threads = [*watchers, *readers]
    refused: dict[int, int] = defaultdict(int)
    for thread in threads:
        for status, times in thread.refused.items():
            refused[status] += times
    asked = sum(thread.asked for thread in threads)
    print(f"{publisher.number - 1} publishes ({failed} refused), {len(publisher.pages)} pages, {asked:,} answers read")
    print(f"  not 200: {dict(refused) or 'none'}")
    for name, values in (
        ("first to last sight on all connections", spread),
        ("press to last sight", whole),
        ("answer to last sight", late),
    ):
        if values:
            print(f"  {name:<40} {ms(statistics.median(values))} {ms(max(values))} ms, median and longest")


if __name__ == "__main__":
    with (
        tempfile.TemporaryDirectory(prefix="newsroom-") as folder,
        opened(Path(sys.argv[1] if len(sys.argv) > 1 else folder), DEMO="1", WEB_WORKERS="2") as newsroom,
    ):
        sys.exit(bool(measure(newsroom, float(sys.argv[2]) if len(sys.argv) > 2 else SECONDS)))
