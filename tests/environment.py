"""Where tests keep their data: never in the newsroom that `make run` serves.

A pytest plugin, so that it is read before the settings are.
"""

import os
import tempfile

os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="newsroom-test-"))
os.environ.setdefault("CACHE_URL", "locmemcache://")
os.environ.setdefault("BROKER_URL", "memory://")
