"""The desk does to its broker what operators want, makes it good again, and no event is lost."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from sqlalchemy import insert

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.consuming.contract import Answer
from core.consuming.control_tables import faults as fault_table
from core.consuming.faults import FaultKind, Figures
from core.errors import InvalidInput
from core.operating.desk import Desk
from core.operating.snapshot import BrokerState
from core.settings import Settings
from tests.operating.faults.conftest import PROGRAM
from tests.support.broken_broker import break_broker, create, is_all_there, state
from tests.support.waiting import eventually


@pytest.fixture
def client(desk: Desk) -> Iterator[redis.Redis]:
    with connect(desk._installation.broker_url, answer_timeout_s=5.0) as plain:
        yield plain


def test_a_stopped_broker_stays_down_until_it_is_cleared(desk: Desk, client: redis.Redis) -> None:
    before = desk.broker_pid
    number = break_broker(desk, FaultKind.STOP)

    assert desk.broker_pid is None
    assert desk.faults.outcome(number) == Answer("the broker is stopped")
    create(desk, 5)
    eventually(lambda: state(desk) is BrokerState.DOWN)
    desk.faults.clear("broker", by="ann")
    eventually(lambda: is_all_there(desk, client))
    assert desk.broker_pid not in (None, before)


def test_a_frozen_broker_answers_nobody_until_it_is_cleared(desk: Desk, client: redis.Redis) -> None:
    before = desk.broker_pid
    number = break_broker(desk, FaultKind.FREEZE)

    # The signal was sent; a busy machine may let the server work for a moment longer.
    eventually(lambda: psutil.Process(before).status() == psutil.STATUS_STOPPED)
    create(desk, 5)
    eventually(lambda: state(desk) is BrokerState.DOWN)
    desk.faults.clear(str(number), by="ann")
    eventually(lambda: is_all_there(desk, client))
    assert desk.broker_pid == before


def test_a_lost_tail_is_published_again(desk: Desk, client: redis.Redis) -> None:
    create(desk, 30)
    eventually(lambda: is_all_there(desk, client))
    before = desk.broker_pid

    number = break_broker(desk, FaultKind.LOSE_TAIL, size=3_000)

    assert desk.faults.outcome(number) == Answer("the broker was killed and has lost its last 3,000 bytes")
    assert desk.faults.active() == ()
    eventually(lambda: desk.broker_pid not in (None, before))
    eventually(lambda: is_all_there(desk, client))

    break_broker(desk, FaultKind.LOSE_TAIL, size=1_000_000_000)  # More than there is.
    eventually(lambda: is_all_there(desk, client))


def test_a_flushed_broker_is_filled_again(desk: Desk, client: redis.Redis) -> None:
    create(desk, 30)
    eventually(lambda: is_all_there(desk, client))
    client.set("mark", "1")

    break_broker(desk, FaultKind.FLUSH)

    eventually(lambda: is_all_there(desk, client))
    assert client.get("mark") is None
    assert desk.faults.active() == ()


def test_one_thing_at_a_time_is_wrong_with_the_broker(desk: Desk) -> None:
    number = break_broker(desk, FaultKind.FREEZE)

    with pytest.raises(
        InvalidInput, match=rf"Fault {number} is set already: the broker is frozen\. Clear it"
    ):
        desk.faults.set("broker", FaultKind.FLUSH, Figures(), by="ann")


def test_a_fault_of_the_broker_ends_by_the_clock(desk: Desk, client: redis.Redis) -> None:
    before = desk.broker_pid

    break_broker(desk, FaultKind.STOP, seconds=0.5)

    eventually(lambda: desk.broker_pid not in (None, before))
    eventually(lambda: desk.faults.active() == ())


@pytest.mark.parametrize("kind", [FaultKind.STOP, FaultKind.FREEZE])
def test_a_desk_that_closes_makes_everything_good(open_desk: Callable[..., Desk], kind: FaultKind) -> None:
    desk = open_desk()
    break_broker(desk, kind)

    assert desk.close() == []

    assert open_desk().faults.active() == ()


def test_what_a_killed_desk_has_left_is_cleared_at_the_next_start(
    open_desk: Callable[..., Desk], short_dir: Path
) -> None:
    earlier = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    row = {"target": "broker", "kind": "stop", "arguments": "{}", "set_by": "ann", "set_at": time.time()}
    with earlier._installation.control.transaction() as db:
        db.execute(insert(fault_table).values(**row, used=1))
    earlier.close()

    desk = open_desk()

    assert desk.faults.active() == ()
    assert [(entry.act, entry.why) for entry in desk.journal.newest(1)] == [
        ("clear fault 1", "the desk has started")
    ]
    assert desk.broker_pid is not None


def test_a_server_that_was_left_frozen_is_adopted(short_dir: Path) -> None:
    earlier = EmbeddedBroker(short_dir, memory_mb=64)
    earlier.start()
    left = earlier.pid
    earlier._stop.set()
    earlier._watcher.join()
    psutil.Process(left).suspend()

    later = EmbeddedBroker(short_dir, memory_mb=64)
    later.start()

    assert later.pid == left
    assert later.stop()
    earlier._reap()


def test_what_can_not_be_done_is_said_and_over(desk: Desk) -> None:
    broker = desk._engines._broker
    assert broker is not None
    assert broker.hold_down()

    number = break_broker(desk, FaultKind.FLUSH)

    failed = desk.faults.outcome(number)
    assert failed is not None
    assert (failed.done, failed.sentence[:34]) == (False, "failed: The broker does not answer")
    assert desk.faults.active() == ()
    number = break_broker(desk, FaultKind.FREEZE)
    assert desk.faults.outcome(number) == Answer(
        "failed: The broker does not run, so it can't be frozen.", done=False
    )
    assert desk.faults.active() == ()
