"""`make bench`: every figure is measured here and now, as a ratio beside a yardstick of the same run.

`make bench ONLY="cached search"` runs these parts alone.
"""

import os
import platform
import time

from benchmarks import beside_wagtail, cached, desk, digest, newsrooms, pages, search, visible

FILLED = {"pages": pages, "cached": cached, "search": search, "desk": desk, "visible": visible}  # ask both newsrooms
ALONE = {"wagtail": beside_wagtail, "digest": digest}

asked = set(os.environ.get("ONLY", "").split()) or {*FILLED, *ALONE}
if unknown := asked - {*FILLED, *ALONE}:
    raise SystemExit(f"There is no part {', '.join(sorted(unknown))}. Parts: {' '.join([*FILLED, *ALONE])}")
print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
started = time.monotonic()
if asked & FILLED.keys():
    with newsrooms.filled() as both:
        for name in (name for name in FILLED if name in asked):
            FILLED[name].run(both)
            print(flush=True)
for name in (name for name in ALONE if name in asked):
    ALONE[name].run()
    print(flush=True)
print(f"It took {(time.monotonic() - started) / 60:.0f} minutes.")
