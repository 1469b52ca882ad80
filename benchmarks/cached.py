"""Kept pages beside a constant-bytes application of the same length: same server, same processes, turn by turn.

wrk asks where it is installed; without it a Python client does, whose own cost hides most of the difference.
"""

import contextlib
import http.client
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.newsrooms import LARGE
from benchmarks.pages import Server, addresses
from tests.servers import valkey

ROUNDS = 5  # others may use the machine too: the median of the turns counts
SECONDS = 2
CONNECTIONS = 16
WORKERS = 2
TARGET = 0.80  # of the constant-bytes application's requests/s
ENCODING = {"Accept-Encoding": "br"}
CONSTANT = """
BODY = b"x" * {length}
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])
    return [BODY]
"""


def run(newsrooms: dict) -> None:
    print(f"Kept pages, {LARGE:,} stories, {WORKERS} processes, {CONNECTIONS} connections, as a browser asks (br)")
    with contextlib.ExitStack() as stack:
        env = newsrooms[LARGE] | {"CACHE_URL": f"{stack.enter_context(valkey())}/1"}
        paths = {page: found[0] for page, found in addresses(newsrooms[LARGE]).items() if page in PAGES}
        server = Server("newsroom.wsgi:application", env, os.getcwd(), WORKERS)
        stack.callback(server.stop)
        server.wait()
        for page in PAGES:
            beside_constant(page, server, paths[page])
        answers_304(server, paths["front"])
        flat_memory(server, list(paths.values()))


PAGES = ("front", "section", "article")


def beside_constant(page, server, path) -> None:
    body, _tag = ask(server, path)
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        Path(folder, "constant.py").write_text(CONSTANT.format(length=len(body)))
        constant = Server("constant:application", dict(os.environ), folder, WORKERS)
        try:
            constant.wait()
            rounds = [(load(constant, "/"), load(server, path)) for _ in range(ROUNDS)]
        finally:
            constant.stop()
    bare, ours = (max(turn[which].rate for turn in rounds) for which in (0, 1))
    share = statistics.median(turn[1].rate / turn[0].rate for turn in rounds)
    last = rounds[-1][1]
    print(
        f"  {page:<8} {len(body):6,} bytes: {ours:7,.0f} req/s of {bare:7,.0f}, {share:.0%} (target {TARGET:.0%})"
        f"   p50 {last.p50:.2f} p99 {last.p99:.2f} ms   {last.cpu * 1000:.3f} ms CPU (constant"
        f" {rounds[-1][0].cpu * 1000:.3f}){'' if share >= TARGET else '   TOO SLOW'}"
    )


def answers_304(server, path) -> None:
    _body, tag = ask(server, path)
    turn = load(server, path, {"If-None-Match": tag})
    print(
        f"  304      {turn.rate:7,.0f} req/s   p50 {turn.p50:.2f} p99 {turn.p99:.2f} ms   {turn.cpu * 1000:.3f} ms CPU"
    )


def flat_memory(server, paths) -> None:
    before, asked = server.memory(), 0
    for _ in range(2):
        for path in paths:
            turn = load(server, path)
            asked += turn.requests
    after = server.memory()
    print(f"  memory of both processes {before:.0f} MB, after {asked:,} more hits {after:.0f} MB")


class Turn:
    def __init__(self, requests, seconds, p50, p99, cpu):
        self.requests, self.rate, self.p50, self.p99 = requests, requests / seconds, p50, p99
        self.cpu = cpu / max(1, requests)


def load(server: Server, path: str, headers: dict | None = None) -> Turn:
    """Seconds of as many requests as there is time for."""
    sent = ENCODING | (headers or {})
    before = server.cpu()
    requests, seconds, p50, p99 = (by_wrk if shutil.which("wrk") else by_python)(server, path, sent)
    return Turn(requests, seconds, p50, p99, server.cpu() - before)


def by_wrk(server, path, headers):
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "--latency"]
    command += [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    found = re.search(r"(\d+) requests in ([\d.]+)s", said)
    assert found, said
    if errors := re.search(r"Non-2xx or 3xx responses: .*|Socket errors: .*", said):
        print(f"  {path}: {errors[0]}")
    times = {share: _ms(value) for share, value in re.findall(r"(50|99)%\s+([\d.]+\w+)", said)}
    return int(found[1]), float(found[2]), times["50"], times["99"]


def _ms(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def by_python(server, path, headers):
    times: list[float] = []
    until = time.monotonic() + SECONDS

    def reader():
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while time.monotonic() < until:
            started = time.monotonic()
            connection.request("GET", path, headers=headers)
            connection.getresponse().read()
            times.append((time.monotonic() - started) * 1000)

    readers = [threading.Thread(target=reader) for _ in range(CONNECTIONS)]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join()
    times.sort()
    return len(times), SECONDS, times[len(times) // 2], times[len(times) * 99 // 100]


def ask(server, path) -> tuple[bytes, str]:
    """The bytes that a browser gets, and their tag; the second time they are kept."""
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("GET", path, headers=ENCODING)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
    assert answer.headers["X-Cache"] == "hit", (path, answer.status, answer.headers["X-Cache"])
    return body, answer.headers["ETag"]
