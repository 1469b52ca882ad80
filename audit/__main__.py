"""`make audit`: a newsroom of its own with demo content, looked at by the public tools that judge news pages."""

import sys
import tempfile
import time
from pathlib import Path

from audit import machines, pages, tools
from tests import live

CHECKS = [machines, pages]  # each has run(newsroom), which yields findings.Finding


def main(names):
    chosen = [check for check in CHECKS if not names or check.__name__.rpartition(".")[2] in names]
    try:
        tools.install()
    except tools.Missing as reason:
        return str(reason)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="newsroom-audit-") as folder:
        print("A newsroom with demo content is being opened", flush=True)
        with live.opened(Path(folder), DEMO="1", LOG_LEVEL="ERROR") as newsroom:
            for check in chosen:
                failed += run(check, newsroom)
    print(f"\n{failed} of these failed" if failed else "\nNothing was found")
    return 1 if failed else 0


def run(check, newsroom):
    """Print its table; returns how many of its lines failed."""
    started, failed = time.monotonic(), 0
    print(f"\n{check.TITLE}")
    for finding in check.run(newsroom):
        failed += not finding.passed
        print(finding, flush=True)
    print(f"  ({time.monotonic() - started:.0f} s)")
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
