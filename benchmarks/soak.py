"""Thousands of hits a second for minutes, and what memory does: `python -m benchmarks.soak [seconds [hits a second]]`.

All pages of the demo are read, in four encodings, with parameters that nobody knows and conditions; every ten seconds
the memory of the web processes and of Valkey is said.
"""

import random
import re
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from redis import Redis

from newsroom import engine
from tests.live import Newsroom, opened, wait_for

SECONDS, RATE = 600, 5000
CONNECTIONS = 16
SAID_EVERY = 10  # seconds
SETTLED = 60  # seconds after which memory is held to its growth
GROWTH = 1.03
LENGTH = re.compile(rb"\r\ncontent-length: (\d+)\r\n", re.I)
CODINGS = ("br", "gzip", "zstd", "identity")


class Reader(threading.Thread):
    """Asks at its own pace, and is late rather than faster."""

    def __init__(self, port: int, paths: list[str], rate: float, until: float):
        super().__init__(daemon=True)
        self.port, self.paths, self.gap, self.until = port, paths, 1 / rate, until
        self.seen: Counter = Counter()
        self.random = random.Random()
        self.start()

    def run(self):
        line, due = socket.create_connection(("127.0.0.1", self.port), timeout=30), time.monotonic()
        while time.monotonic() < self.until:
            time.sleep(max(0, due - time.monotonic()))
            due = max(due + self.gap, time.monotonic() - 1)
            line.sendall(self.request())
            head = self.read(line)
            self.seen[int(head[9:12])] += 1
            if b"etag" in head.lower() and self.random.random() < 0.01:
                self.tag = re.search(rb'(?i)etag: ("[^"]+")', head)[1].decode()

    tag = '"x"'

    def request(self) -> bytes:
        path = self.random.choice(self.paths)
        if self.random.random() < 0.2:
            path += f"?utm_source={self.random.random()}"
        known = f"If-None-Match: {self.tag}\r\n" if self.random.random() < 0.1 else ""
        coding = self.random.choice(CODINGS)
        return (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAccept-Encoding: {coding}\r\n{known}\r\n".encode()
        )

    def read(self, line):
        data = line.recv(1 << 18)
        while b"\r\n\r\n" not in data:
            data += line.recv(1 << 18)
        head, _, body = data.partition(b"\r\n\r\n")
        found = LENGTH.search(head + b"\r\n")
        left = int(found[1]) - len(body) if found else 0
        while left > 0:
            left -= len(line.recv(1 << 18))
        return head


def web_processes(newsroom: Newsroom) -> list[Path]:
    """Their folders in /proc: children of the process that was given the port."""
    port, found = newsroom.environment["PORT"].encode(), []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"granian" in words and port in words:
            children = (folder / "task" / folder.name / "children").read_text().split()
            found += [Path("/proc", child) for child in children]
    return found


def memory(folders) -> float:
    """Megabytes."""
    lines = (line for folder in folders for line in (folder / "status").read_text().splitlines())
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main(seconds: float, rate: float) -> str:
    with (
        tempfile.TemporaryDirectory(prefix="newsroom-") as folder,
        opened(Path(folder), DEMO="1", WEB_WORKERS="2") as n,
    ):
        wait_for(lambda: n.found("Picture.objects.without_renditions().count()") == 0, 180)
        paths = re.findall(r"<loc>https?://[^/]+(/[^<]*)</loc>", n.asked("/sitemap-stories-00000.xml"))
        paths += ["/", "/feed/", "/blogs/", "/corrections/", "/archive/", "/news-sitemap.xml"]
        valkey = Redis(unix_socket_path=str(engine.socket_path(Path(folder))), db=1)
        began, port = time.monotonic(), int(n.environment["PORT"])
        readers = [Reader(port, paths, rate / CONNECTIONS, began + seconds) for _ in range(CONNECTIONS)]
        settled = last = 0.0
        while (passed := time.monotonic() - began) < seconds:
            time.sleep(SAID_EVERY)
            last, asked = memory(web_processes(n)), sum(sum(reader.seen.values()) for reader in readers)
            settled = settled or (last if passed >= min(SETTLED, seconds / 2) else 0)
            held = valkey.info("memory")["used_memory"] / 2**20
            print(
                f"  {passed + SAID_EVERY:4.0f} s  {asked:>10,} hits  web {last:.1f} MB  Valkey {held:.1f} MB",
                flush=True,
            )
        for reader in readers:
            reader.join(30)
        seen = sum((reader.seen for reader in readers), Counter())
    each = f"{sum(seen.values()) / seconds:,.0f} a second; answers {dict(seen)}"
    print(f"  {each}; web {settled:.1f} MB, then {last:.1f} MB")
    return "memory grew" if last > settled * GROWTH else ""


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:3]]
    sys.exit(main(*given, *(SECONDS, RATE)[len(given) :]) or 0)
