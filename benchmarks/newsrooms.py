"""Two newsrooms to measure, a small one and a large one; the growth is the ratio of their figures."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

SMALL, LARGE = 1_000, 100_000


def manage(env: dict, *args: str) -> str:
    done = subprocess.run([sys.executable, "manage.py", *args], env=env, check=True, capture_output=True, text=True)
    return done.stdout


@contextlib.contextmanager
def filled():
    """{stories: environment} of both, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        yield {stories: newsroom(folder, stories) for stories in (SMALL, LARGE)}


def newsroom(folder: str, stories: int) -> dict:
    """The environment of a newsroom that was filled with that many stories."""
    env = {**os.environ, "DATA_DIR": f"{folder}/{stories}", "CACHE_URL": "locmemcache://", "BROKER_URL": "memory://"}
    manage(env, "migrate", "--verbosity", "0")
    started = time.monotonic()
    manage(env, "demo", "--articles", str(stories), "--comments", str(stories))
    print(f"  filled {stories:,} stories and {stories:,} comments in {time.monotonic() - started:.0f} s")
    return env
