"""All tests, part by part, with one summary: `python -m tests` or `python -m tests fast`."""

import subprocess
import sys
import time

from tests import chromium

PYTEST = ["pytest", "-n", "2", "-m"]
QUICK = [*PYTEST, "not browser and not processes"]
FAST = ("on SQLite", QUICK)
PARTS = [
    FAST,
    ("on PostgreSQL and Valkey", ["tests.servers", *QUICK]),
    ("of the running newsroom, in a browser", [*PYTEST, "browser or processes"]),
]


def run(name, command):
    """Run one part. Returns its line of the summary, and whether it passed."""
    print(f"\n== Tests {name}", flush=True)
    started = time.monotonic()
    passed = subprocess.run([sys.executable, "-m", *command]).returncode == 0
    return f"  {'passed' if passed else 'FAILED'}  {name} ({time.monotonic() - started:.0f} s)", passed


def main(arguments):
    parts = [FAST] if arguments == ["fast"] else PARTS
    if parts is PARTS:
        try:
            chromium.find_or_install()
        except chromium.Missing as reason:
            return str(reason)
    results = [run(*part) for part in parts]
    print("\n" + "\n".join(line for line, _ in results))
    return 0 if all(passed for _, passed in results) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
