"""The broker's servers as the system knows them."""

from pathlib import Path

import psutil
import redis

from core.broker.server import EmbeddedBroker


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
