"""A fault makes an event wait, be delivered twice, kill its process or find its database locked, until it is cleared."""

import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from core.broker.streams import Entry
from core.consuming import control_tables, tables
from core.consuming.faults import FaultKind, Faults, Figures, read_active
from core.errors import StoreUnavailable
from core.storage.database import Database
from core.storage.schema import prepare
from tests.support.events import make_run
from tests.support.faulty import FaultyWorker, clear, open_named, set_fault
from tests.support.waiting import PATIENCE_S, eventually

# Waiting


def in_thread(call: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_latency_is_added_once_a_batch(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.LATENCY, Figures(ms=300, jitter_ms=100))

    began = time.monotonic()
    worker.handle(make_run(1, 10))

    # Ten times would be 3 s; a fault that waits less than it says is none.
    assert time.monotonic() - began >= 0.2


def hang(worker: FaultyWorker, stopping: threading.Event) -> threading.Thread:
    worker.look()
    thread = in_thread(lambda: worker.faults.before_handling(make_run(1, 1), stopping))
    thread.join(0.2)
    assert thread.is_alive()
    return thread


@pytest.mark.parametrize("end", ["clear", "clear while the watcher is stuck", "pause", "stop", "close"])
def test_a_hanging_event_goes_on_at_a_clear_a_pause_and_a_stop(
    control: Database, worker: FaultyWorker, end: str
) -> None:
    fault_id, stopping = set_fault(control, FaultKind.HANG), threading.Event()
    hanging = hang(worker, stopping)

    match end:
        case "clear":
            clear(control, fault_id)
            worker.look()
        case "clear while the watcher is stuck":
            clear(control, fault_id)
        case "pause":
            worker.look(paused=True)
        case "stop":
            stopping.set()
        case _:
            worker.faults.close()

    hanging.join(PATIENCE_S)
    assert not hanging.is_alive()


def test_a_hang_ends_by_the_clock(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.HANG, ends_at=time.time() + 2)

    hanging = hang(worker, threading.Event())

    hanging.join(PATIENCE_S)
    assert not hanging.is_alive()
    assert worker.outcome(make_run(1, 1)[0]) == "handled"


# Delivering


def test_each_entry_is_delivered_twice(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.TWICE)
    worker.look()

    doubled = worker.faults.delivered([Entry(0, 1, {}), Entry(0, 2, {})])

    assert [found.position for found in doubled] == [1, 1, 2, 2]


# Crashing


def run_and_crash(folder: Path, hook: str) -> None:
    control = open_named(folder, "control")
    faults = Faults(control, "qr", open_database=lambda name: open_named(folder, name))
    faults.want(read_active(control).get("qr", ()))
    getattr(faults, hook)()
    control.close()


def exit_code(folder: Path, hook: str) -> int | None:
    process = multiprocessing.get_context("spawn").Process(target=run_and_crash, args=(folder, hook))
    process.start()
    process.join(PATIENCE_S)
    return process.exitcode


@pytest.mark.parametrize(
    ("after_commit", "hook", "other"),
    [(False, "before_commit", "after_commit"), (True, "after_commit", "before_commit")],
)
def test_a_crash_kills_the_process_as_often_as_was_wanted(
    control: Database, tmp_path: Path, after_commit: bool, hook: str, other: str
) -> None:
    set_fault(control, FaultKind.CRASH, Figures(after_commit=after_commit, times=1))

    assert exit_code(tmp_path, other) == 0
    assert exit_code(tmp_path, hook) == -9
    assert exit_code(tmp_path, hook) == 0
    assert read_active(control) == {}


# Locked


def is_locked(database: Database) -> bool:
    try:
        with database.transaction() as db:
            db.execute(text("UPDATE watermarks SET position = position"))
    except StoreUnavailable:
        return True
    return False


@pytest.fixture
def impatient(tmp_path: Path) -> Iterator[Database]:
    """Give the consumer's database with a writer that does not wait."""
    opened = open_named(tmp_path, "qr")
    with opened._engine.connect() as db:
        db.exec_driver_sql("PRAGMA busy_timeout=0")
    yield opened
    opened.close()


@pytest.mark.parametrize("end", ["clear", "clear while the watcher is stuck", "close"])
def test_a_locked_database_takes_no_writes_until_it_ends(
    control: Database, worker: FaultyWorker, impatient: Database, end: str
) -> None:
    fault_id = set_fault(control, FaultKind.LOCKED)
    worker.look()

    eventually(lambda: is_locked(impatient))
    with impatient.reading() as db:
        assert db.execute(text("SELECT count(*) FROM inbox")).scalar_one() == 0

    if end != "close":
        clear(control, fault_id)
    if end == "clear":
        worker.look()
    if end == "close":
        worker.faults.close()
    eventually(lambda: not is_locked(impatient))


def test_a_lock_that_has_ended_can_be_had_again(
    control: Database, worker: FaultyWorker, impatient: Database
) -> None:
    first = set_fault(control, FaultKind.LOCKED)
    worker.look()
    eventually(lambda: is_locked(impatient))
    clear(control, first)
    eventually(lambda: not is_locked(impatient))

    set_fault(control, FaultKind.LOCKED)
    worker.look()

    eventually(lambda: is_locked(impatient))


def test_nothing_is_locked_after_the_end(
    control: Database, worker: FaultyWorker, impatient: Database
) -> None:
    worker.faults.close()
    set_fault(control, FaultKind.LOCKED)
    worker.look()

    assert worker.faults._lock is None


def test_tables_are_locked_on_postgresql(open_pg: Callable[[str], Database]) -> None:
    control, own = open_pg("control"), open_pg("qr")
    prepare(control, control_tables.metadata)
    prepare(own, tables.metadata)
    worker = FaultyWorker(control, open_pg)
    fault_id = set_fault(control, FaultKind.LOCKED)
    worker.look()

    def is_refused() -> bool:
        try:
            with own.transaction() as db:
                db.execute(text("SET LOCAL lock_timeout = '1ms'"))
                db.execute(text("UPDATE watermarks SET position = position"))
        except StoreUnavailable:
            return True
        return False

    eventually(is_refused)
    clear(control, fault_id)
    eventually(lambda: not is_refused())
    worker.faults.close()
