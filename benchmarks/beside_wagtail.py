"""CPU of a page that is made anew, beside a plain Wagtail site that shows the same (benchmarks/wagtail_site).

Both stand on one PostgreSQL, one Redis and the same server; what is counted is the CPU time of the server, the
database and the cache together, which other load does not change much.
"""

import contextlib
import os
import random
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql
from redis import Redis

from benchmarks import wagtail
from benchmarks.newsrooms import manage
from benchmarks.pages import NAMES, Server, addresses
from newsroom.page_cache.backends import RedisPages
from tests.servers import real_servers

STORIES, COMMENTS = 5_000, 10_000  # a size at which Wagtail is still fast
ROUNDS, REQUESTS = 3, 60
TARGETS = {"article": 5, "front": 5, "section": 6}  # times less CPU than Wagtail
TICK = os.sysconf("SC_CLK_TCK")


def run() -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="newsroom-bench-")))
        address = stack.enter_context(real_servers())
        try:
            python = wagtail.python(folder)
        except subprocess.CalledProcessError as error:
            print(f"No Wagtail to compare with: {error}")
            return
        own, theirs = _filled(folder, address)
        paths = {"own": addresses(own), "bare": addresses(own), "theirs": wagtail.site(folder, own, theirs)}
        rng = random.Random(7)
        paths["theirs"]["article"] = rng.sample(paths["theirs"]["article"], 100)
        servers = {
            "own": Server("newsroom.wsgi:application", own, os.getcwd()),
            "bare": Server("newsroom.wsgi:application", own | {"PAGE_CACHE": "false"}, os.getcwd()),
            "theirs": Server("wsgi:application", theirs, str(folder), python=str(python)),
        }
        for server in servers.values():
            stack.callback(server.stop)
            server.wait()
        pages = RedisPages(Redis.from_url(own["CACHE_URL"]), "newsroom:pages", "", 1)
        behind = _database_and_cache(own)
        costs: dict[tuple, list] = {}
        for page in TARGETS:
            for name, server in servers.items():
                for path in paths[name][page]:
                    server.get(path)
        for _ in range(ROUNDS):
            for page in TARGETS:
                for name, server in servers.items():
                    cache = pages if name == "own" else None
                    costs.setdefault((page, name), []).append(_cost(server, behind, paths[name][page], rng, cache))
        _say(wagtail.version(python), costs)


def _say(version, costs):
    print(f"Pages made anew beside Wagtail {version}, {STORIES:,} stories, PostgreSQL and Redis:")
    print("ms of CPU of server, database and cache a request; best of", ROUNDS, "rounds of", REQUESTS)
    for page, target in TARGETS.items():
        kept, bare, other = (min(costs[page, name]) for name in ("own", "bare", "theirs"))
        print(
            f"  {page:<8} {kept:5.1f}, without any kept part {bare:5.1f}   Wagtail {other:5.1f}:"
            f" 1/{other / kept:.1f} and 1/{other / bare:.1f} (target 1/{target})"
        )


def _filled(folder, address):
    """The environments of both, each with a database of its own."""
    with psycopg.connect(address["DATABASE_URL"], autocommit=True) as connection:
        for name in ("newsroom", "wagtail"):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    base = address["CACHE_URL"].rpartition("/")[0]
    place = address["DATABASE_URL"]
    own = {
        **os.environ,
        "DATA_DIR": str(folder / "newsroom"),
        "DATABASE_URL": place.replace("/postgres?", "/newsroom?"),
        "BROKER_URL": "memory://",
    }
    (folder / "newsroom").mkdir()
    manage(own | {"CACHE_URL": "locmemcache://"}, "migrate", "--verbosity", "0")
    volume = ("--articles", str(STORIES), "--comments", str(COMMENTS))
    manage(own | {"CACHE_URL": "locmemcache://"}, "demo", *volume)
    theirs = wagtail.plain() | {"DATABASE_URL": place.replace("/postgres?", "/wagtail?"), "CACHE_URL": f"{base}/5"}
    return own | {"CACHE_URL": f"{base}/3"}, theirs


def _database_and_cache(env) -> list[int]:
    """The processes whose children and selves are counted beside the server's."""
    with psycopg.connect(env["DATABASE_URL"]) as connection:
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    cache = Redis.from_url(env["CACHE_URL"]).info("server")["process_id"]
    return [int(Path(data, "postmaster.pid").read_text().split()[0]), cache]


def _cpu(parents) -> float:
    """Seconds of these processes and their children, those that ended too."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(stat.parent.name) in parents:
                ticks += sum(map(int, fields[11:15]))
            elif int(fields[1]) in parents:
                ticks += sum(map(int, fields[11:13]))
    return ticks / TICK


def _cost(server, behind, paths, rng, pages) -> float:
    """Milliseconds a request; with a page cache, of pages that were purged before."""
    parents = [server.process.pid, *behind]
    before = _cpu(parents)
    for _ in range(REQUESTS):
        path = rng.choice(paths)
        if pages:
            pages.wait_until_heard(*pages.purge([NAMES[path]]), patience=1)
        server.get(path)
    return (_cpu(parents) - before) * 1000 / REQUESTS
