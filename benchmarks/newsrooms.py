"""Newsrooms to measure, small to large; the growth is the ratio of their figures."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

SMALL, MIDDLE, LARGE = 1_000, 5_000, 100_000  # stories
WITH = {
    SMALL: {"pictures": 200, "comments": 5_000},
    MIDDLE: {"pictures": 1_000, "comments": 25_000},
    LARGE: {"pictures": 20_000, "comments": 500_000},
}


def manage(env: dict, *args: str) -> str:
    done = subprocess.run([sys.executable, "manage.py", *args], env=env, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"manage.py {args[0]} failed:\n{done.stderr[-3000:]}")
    return done.stdout


@contextlib.contextmanager
def filled(sizes=(SMALL, LARGE)):
    """{stories: environment} of each, gone afterwards. BENCH_DIR=… keeps them for the next time."""
    with contextlib.ExitStack() as stack:
        folder = os.environ.get("BENCH_DIR") or stack.enter_context(
            tempfile.TemporaryDirectory(prefix="newsroom-bench-")
        )
        yield {stories: newsroom(folder, stories) for stories in sizes}


def newsroom(folder: str, stories: int) -> dict:
    """The environment of a newsroom that was filled with that many stories."""
    data, done = f"{folder}/{stories}", f"{folder}/{stories}/filled"
    env = {**os.environ, "DATA_DIR": data, "CACHE_URL": "locmemcache://", "BROKER_URL": "memory://"}
    manage(env, "migrate", "--verbosity", "0")
    if os.path.exists(done):
        return env
    started = time.monotonic()
    rows = {"articles": stories, **WITH[stories]}
    manage(env, "demo", *(word for name, number in rows.items() for word in (f"--{name}", str(number))))
    said = ", ".join(f"{number:,} {name}" for name, number in rows.items())
    print(f"  filled {said} in {time.monotonic() - started:.0f} s", flush=True)
    open(done, "w").close()
    return env
