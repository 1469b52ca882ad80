"""`make bench`: every figure is measured here and now, as a ratio beside a yardstick of the same run."""

import os
import platform

from benchmarks import cached, desk, digest, newsrooms, pages, search, visible

print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
with newsrooms.filled() as both:
    pages.run(both)
    print()
    cached.run(both)
    print()
    search.run(both)
    print()
    desk.run(both)
    print()
    visible.run(both)
print()
digest.run()
