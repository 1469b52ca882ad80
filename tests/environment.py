"""Where tests keep their data: never in the newsroom that `make run` serves, and each xdist worker in its own place.

A pytest plugin, so that it is read before the settings are.
"""

import atexit
import os
import re
import shutil
import tempfile

worker = os.environ.get("PYTEST_XDIST_WORKER", "")


def own_database(url: str, number: int) -> str:
    """The same Valkey, another of its numbered databases: workers would empty each other's cache."""
    return re.sub(r"/\d+$", f"/{number}", url)


if worker or "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="newsroom-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("CACHE_URL", "locmemcache://")
os.environ.setdefault("BROKER_URL", "memory://")
if worker:
    first = 2 * int(worker.removeprefix("gw")) % 16
    os.environ["BROKER_URL"] = own_database(os.environ["BROKER_URL"], first)
    os.environ["CACHE_URL"] = own_database(os.environ["CACHE_URL"], first + 1)
os.environ.pop("PORT", None)  # it is part of the site's address, which pages print


def pytest_configure():
    from django.conf import settings

    # Passwords are made to be slow to check; the tests make a hundred of them.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    # Each test's client would list all static files anew; this finds the one that is asked for.
    settings.WHITENOISE_AUTOREFRESH = True
    # A test's transaction never ends, so nothing that it changes is ever named to the cache; newsrooms that tests start
    # as processes of their own have it.
    settings.PAGE_CACHE = False
