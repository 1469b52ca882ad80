"""`make bench`: every figure is measured here and now, as a ratio beside a yardstick of the same run.

`make bench ONLY="cached search"` runs these parts alone.
"""

import os
import platform
import time

from benchmarks import beside_wagtail, cached, desk, digest, newsrooms, pages, search, visible

FILLED = {"pages": pages, "cached": cached, "search": search, "desk": desk, "visible": visible}
SIZES = {"search": (newsrooms.MIDDLE, newsrooms.LARGE)}
ALONE = {"wagtail": beside_wagtail, "digest": digest}

asked = set(os.environ.get("ONLY", "").split()) or {*FILLED, *ALONE}
if unknown := asked - {*FILLED, *ALONE}:
    raise SystemExit(f"There is no part {', '.join(sorted(unknown))}. Parts: {' '.join([*FILLED, *ALONE])}")
print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
started = time.monotonic()
if asked & FILLED.keys():
    chosen = {name: SIZES.get(name, (newsrooms.SMALL, newsrooms.LARGE)) for name in FILLED if name in asked}
    with newsrooms.filled(sorted({size for sizes in chosen.values() for size in sizes})) as filled:
        for name, sizes in chosen.items():
            FILLED[name].run({size: filled[size] for size in sizes})
            print(flush=True)
for name in (name for name in ALONE if name in asked):
    ALONE[name].run()
    print(flush=True)
print(f"It took {(time.monotonic() - started) / 60:.0f} minutes.")
