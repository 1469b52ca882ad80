"""CPU that a reader's page costs when it must be made, in a small and a large newsroom, and that of a constant-bytes
application under the same server.

The CPU time of the server's processes is counted, which other load does not change much; the embedded database runs in
them.
"""

import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from redis import Redis

from benchmarks.newsrooms import LARGE, SMALL, manage
from newsroom.page_cache.backends import RedisPages
from tests.servers import valkey

ROUNDS = 3
WEB_THREADS = "4"  # as `make run` has them
REQUESTS = 60  # of each page in each round
CONSTANT_REQUESTS = 3000  # the kernel counts CPU in hundredths of a second
PAGES = ("front", "section", "article", "tag")
NAMES = {"/": "front"}  # by path, what makes this page another one
CONSTANT = """
BODY = b"x" * 40_000
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(BODY)))])
    return [BODY]
"""


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Server:
    """Granian over one application, and the CPU that it has used."""

    def __init__(self, target: str, env: dict, cwd: str, workers: int = 1, python: str = sys.executable):
        self.port = free_port()
        command = [python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--no-ws"]
        command += ["--port", str(self.port), "--workers", str(workers), "--log-level", "error", target]
        command += ["--blocking-threads", WEB_THREADS] if workers > 1 else []
        self.process = subprocess.Popen(command, env=env, cwd=cwd)

    def get(self, path: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        connection.close()
        if response.status != 200:
            raise RuntimeError(f"{path} answered {response.status}")
        return body

    def wait(self) -> None:
        for _ in range(200):
            try:
                self.get("/")
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def cpu(self) -> float:
        """Seconds of CPU of the server and its workers so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(stat.parent.name) == self.process.pid or int(fields[1]) == self.process.pid:
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Megabytes of all its workers."""
        return sum(
            int(line.split()[1]) / 1024
            for status in Path("/proc").glob("[0-9]*/status")
            if f"PPid:\t{self.process.pid}\n" in (text := _read(status))
            for line in text.splitlines()
            if line.startswith("VmRSS")
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


def addresses(env: dict) -> dict[str, list[str]]:
    """A hundred addresses of each page."""
    code = (
        "from articles.models import Article, Section, Tag\n"
        "import random\n"
        "keys = list(Article.objects.published().values_list('pk', flat=True))\n"
        "some = random.Random(1).sample(keys, min(100, len(keys)))\n"
        "chosen = Article.objects.select_related('section').in_bulk(some)\n"
        "[print('article', a.get_absolute_url(), f'story:{a.pk}') for a in chosen.values()]\n"
        "[print('section', s.get_absolute_url(), f'stories:section:{s.pk}') for s in Section.objects.all()]\n"
        "[print('tag', t.get_absolute_url(), f'stories:tag:{t.pk}') for t in Tag.objects.all()]\n"
    )
    found: dict[str, list[str]] = {"front": ["/"]}
    for line in manage(env, "shell", "--verbosity", "0", "-c", code).splitlines():
        kind, path, name = line.split(" ")
        found.setdefault(kind, []).append(path)
        NAMES[path] = name
    return found


def cost(server: Server, paths: list[str], rng, requests: int = REQUESTS, cache=None) -> float:
    """Milliseconds of CPU for one request; with a page cache, of pages that were purged before."""
    for path in paths[:3]:
        server.get(path)
    before = server.cpu()
    for _ in range(requests):
        path = rng.choice(paths)
        if cache and path in NAMES:
            cache.wait_until_heard(*cache.purge([NAMES[path]]), patience=1)
        server.get(path)
    return (server.cpu() - before) * 1000 / requests


def run(newsrooms: dict) -> None:
    """Print the table for the newsrooms of benchmarks/newsrooms.py."""
    print(f"Readers' pages, made anew, ms of CPU a request (best of {ROUNDS} rounds of {REQUESTS}), on SQLite")
    rng = random.Random(7)
    paths = {stories: addresses(env) for stories, env in newsrooms.items()}
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder, valkey() as redis:
        Path(folder, "constant.py").write_text(CONSTANT)
        # As they run: a page is made anew because something of it changed, and finds its other parts ready made.
        addresses_of = {stories: f"{redis}/{number}" for number, stories in enumerate(newsrooms, start=1)}
        caches = {s: RedisPages(Redis.from_url(a), "newsroom:pages", "", 1) for s, a in addresses_of.items()}
        servers = {
            s: Server("newsroom.wsgi:application", env | {"CACHE_URL": addresses_of[s]}, os.getcwd())
            for s, env in newsrooms.items()
        }
        constant = Server("constant:application", dict(os.environ), folder)
        try:
            for server in (constant, *servers.values()):
                server.wait()
            best: dict[tuple, float] = {}
            for _ in range(ROUNDS):
                for page in PAGES:
                    for stories, server in servers.items():
                        if page in paths[stories]:
                            figure = cost(server, paths[stories][page], rng, cache=caches.get(stories))
                            best[page, stories] = min(figure, best.get((page, stories), figure))
                figure = cost(constant, ["/"], rng, CONSTANT_REQUESTS)
                best["constant", 0] = min(figure, best.get(("constant", 0), figure))
        finally:
            for server in (constant, *servers.values()):
                server.stop()
    print(f"  constant bytes, same server: {best['constant', 0]:.3f}")
    for page in PAGES:
        few, many = (best[page, stories] for stories in newsrooms)
        print(f"  {page:<8} {SMALL:,}: {few:6.2f}   {LARGE:,}: {many:6.2f}   growth {many / few:.2f}")
