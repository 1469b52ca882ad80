"""`make bench`: every figure is measured here and now, as a ratio beside a yardstick of the same run."""

import os
import platform

from benchmarks import digest, pages

print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}\n")
pages.run()
print()
digest.run()
