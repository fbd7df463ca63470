"""A knock is only a hint, but it must arrive: it is what makes a link public within milliseconds."""

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import redis

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.wake import Knocker, WakeListener, wake
from tests.support.waiting import PATIENCE_S, eventually


@dataclass
class Door:
    knocks: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> None:
        with self.lock:
            self.knocks += 1


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
def listener(broker: EmbeddedBroker, door: Door) -> Iterator[WakeListener]:
    thread = WakeListener(broker.url, door)
    thread.start()
    eventually(lambda: door.knocks == 1)  # It looks once by itself as soon as it listens.
    yield thread
    thread.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_each_knock_is_heard(listener: WakeListener, door: Door, client: redis.Redis) -> None:
    for expected in (2, 3):
        wake(client)
        eventually(lambda: door.knocks == expected)  # noqa: B023 - called within the round


def test_a_listener_survives_the_broker(listener: WakeListener, door: Door, broker: EmbeddedBroker) -> None:
    first = broker.pid
    os.kill(first or 0, signal.SIGKILL)
    eventually(lambda: broker.pid not in (None, first))

    # What was committed meanwhile knocked at nobody's door, so it looks once by itself.
    eventually(lambda: door.knocks >= 2)
    with connect(broker.url) as client:
        heard = door.knocks
        wake(client)
        eventually(lambda: door.knocks > heard)


def test_a_knocker_is_heard_after_each_commit_and_knocks_for_the_last_time_before_it_ends(
    listener: WakeListener, door: Door, broker: EmbeddedBroker
) -> None:
    knocker = Knocker(broker.url)
    for expected in (2, 3):
        knocker.knock()
        eventually(lambda: door.knocks == expected)  # noqa: B023 - called within the round

    knocker.knock()
    knocker.close()

    eventually(lambda: door.knocks == 4)


def test_whoever_knocks_does_not_wait_for_a_broker_that_does_not_answer(
    broker: EmbeddedBroker, listener: WakeListener, door: Door
) -> None:
    knocker, pid = Knocker(broker.url), broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        # Nobody answers: waiting a second for each would outlast the guard of this test.
        for _ in range(1_000):
            knocker.knock()
    finally:
        os.kill(pid, signal.SIGCONT)

    eventually(lambda: door.knocks >= 2)
    knocker.close()


def test_knocking_at_a_broker_that_is_down_is_harmless(broker: EmbeddedBroker, client: redis.Redis) -> None:
    client.ping()
    broker.stop()

    wake(client)
