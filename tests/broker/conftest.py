"""Fixtures for the embedded server: brokers that a test starts itself, and one that was left over."""

from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.socket_place import broker_url
from tests.support.programs import next_line, program
from tests.support.servers import put_safely, servers_on
from tests.support.waiting import eventually


@pytest.fixture
def make_broker(short_dir: Path) -> Iterator[Callable[[], EmbeddedBroker]]:
    """Give a maker of brokers for this test's data dir; whatever runs there at the end is killed."""
    made: list[EmbeddedBroker] = []

    def make() -> EmbeddedBroker:
        made.append(EmbeddedBroker(short_dir, memory_mb=64))
        return made[-1]

    yield make
    for broker in made:
        broker.stop()
    for left in servers_on(short_dir):
        psutil.Process(left).kill()
    eventually(lambda: not servers_on(short_dir))


@pytest.fixture
def orphan_pid(short_dir: Path, make_broker: Callable[[], EmbeddedBroker]) -> int:
    """Give the server whose owner was killed with -9."""
    with program("tests.support.broker_program", short_dir) as owner:
        pid = int(next_line(owner))
        owner.kill()
        owner.wait()
    assert servers_on(short_dir) == [pid]
    with connect(broker_url(short_dir)) as client:
        put_safely(client, "kept", "yes")
    return pid
