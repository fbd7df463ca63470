"""A fault strikes as it was set, shares its count among workers, and ends when it is cleared."""

import multiprocessing
import threading
import time
import timeit
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from core.broker.streams import Entry
from core.consuming import control_tables, tables
from core.consuming.control_tables import faults as fault_table
from core.consuming.faults import FaultKind, Faults, Figures, encode_figures, read_active
from core.errors import Rejected, StoreUnavailable, Transient
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from tests.support.events import make_run
from tests.support.waiting import eventually

RUNNING = threading.Event()


def open_named(folder: Path, name: str) -> Database:
    opened = open_sqlite(folder / f"{name}.db", name=name, durable=False)
    prepare(opened, control_tables.metadata if name == "control" else tables.metadata)
    return opened


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_named(tmp_path, "control")
    yield opened
    opened.close()


class Worker:
    """The faults of the consumer "qr", told now what a worker's watcher would tell them within 0.1 s."""

    def __init__(self, control: Database, open_database: Callable[[str], Database]) -> None:
        self.control = control
        self.faults = Faults(control, "qr", open_database=open_database)

    def look(self, *, paused: bool = False) -> None:
        self.faults.want(read_active(self.control).get("qr", ()), paused=paused)

    def handle(self, events: Sequence[Event], stopping: threading.Event = RUNNING) -> None:
        self.look()
        self.faults.before_handling(events, stopping)

    def outcome(self, event: Event) -> str:
        try:
            self.handle([event])
        except (Rejected, Transient) as error:
            return type(error).__name__
        return "handled"


@pytest.fixture
def open_worker(control: Database, tmp_path: Path) -> Iterator[Callable[[], Worker]]:
    made: list[Worker] = []

    def make() -> Worker:
        made.append(Worker(control, lambda name: open_named(tmp_path, name)))
        return made[-1]

    yield make
    for worker in made:
        worker.faults.close()


@pytest.fixture
def worker(open_worker: Callable[[], Worker]) -> Worker:
    return open_worker()


def set_fault(
    control: Database, kind: FaultKind, figures: Figures | None = None, *, ends_at: float | None = None
) -> int:
    row = {"target": "qr", "kind": kind, "set_by": "ann", "set_at": time.time(), "ends_at": ends_at}
    arguments = encode_figures(figures or Figures()).decode()
    with control.transaction() as db:
        number: int = db.execute(
            insert(fault_table).values(**row, arguments=arguments).returning(fault_table.c.id)
        ).scalar_one()
    return number


def clear(control: Database, fault_id: int) -> None:
    with control.transaction() as db:
        db.execute(update(fault_table).where(fault_table.c.id == fault_id).values(cleared_at=time.time()))


def used(control: Database) -> int:
    return read_active(control)["qr"][0].used


def entry(position: int) -> Entry:
    return Entry(0, position, {})


# None


def test_without_a_fault_nothing_happens(worker: Worker) -> None:
    entries = [entry(1), entry(2)]

    worker.handle(make_run(1, 3))
    worker.faults.before_commit()
    worker.faults.after_commit()

    assert worker.faults.delivered(entries) is entries


def test_without_a_fault_a_hook_costs_next_to_nothing(worker: Worker) -> None:
    run, entries = make_run(1, 100), [entry(1)]

    def hooks() -> None:
        worker.faults.delivered(entries)
        worker.faults.before_handling(run, RUNNING)
        worker.faults.before_commit()
        worker.faults.after_commit()

    assert min(timeit.repeat(hooks, number=1_000, repeat=5)) / 1_000 < 20e-6


def test_what_is_not_known_here_is_passed_by(control: Database, worker: Worker) -> None:
    good = set_fault(control, FaultKind.TWICE)
    with control.transaction() as db:
        for kind, arguments in (("meteor", "{}"), ("latency", '{"ms": "many"}'), ("fail", "no json")):
            db.execute(
                insert(fault_table).values(
                    target="qr", kind=kind, arguments=arguments, set_by="ann", set_at=1.0
                )
            )

    assert [fault.fault_id for fault in read_active(control)["qr"]] == [good]


def test_a_fault_ends_by_the_clock(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.FAIL_LINK, Figures(link_id="link-0-1"), ends_at=time.time() - 1)
    set_fault(control, FaultKind.TWICE, ends_at=time.time() + 60)

    worker.handle(make_run(1, 1))

    assert [fault.kind for fault in read_active(control)["qr"]] == [FaultKind.TWICE]


# Failing


def test_the_next_n_events_are_rejected_and_stay_so_until_it_is_cleared(
    control: Database, worker: Worker
) -> None:
    fault_id = set_fault(control, FaultKind.FAIL, Figures(next=2))
    first, second, third = make_run(1, 3)

    assert [worker.outcome(event) for event in (first, second, third)] == ["Rejected", "Rejected", "handled"]
    assert [worker.outcome(event) for event in (third, second, first)] == ["handled", "Rejected", "Rejected"]
    assert used(control) == 2
    clear(control, fault_id)
    assert [worker.outcome(event) for event in (first, second)] == ["handled", "handled"]


def test_a_batch_fails_for_nothing_and_then_its_lone_events_count(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=1))
    run = make_run(1, 3)

    with pytest.raises(Rejected, match=r"Fault \d+ \(fail\), set by ann"):
        worker.handle(run)

    assert used(control) == 0
    assert [worker.outcome(event) for event in run] == ["Rejected", "handled", "handled"]
    with pytest.raises(Rejected):
        worker.handle(run)
    worker.handle(run[1:])


def test_the_next_n_attempts_fail_and_then_it_is_over(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=2, transient=True))
    (event,) = make_run(1, 1)

    assert [worker.outcome(event) for _ in range(3)] == ["Transient", "Transient", "handled"]
    assert read_active(control) == {}


def test_several_workers_share_one_count(control: Database, open_worker: Callable[[], Worker]) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=10))
    outcomes: list[str] = []

    def drain(number: int) -> None:
        mine = open_worker()
        outcomes.extend(mine.outcome(event) for event in make_run(1, 20, partition=number))

    threads = [threading.Thread(target=drain, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (outcomes.count("Rejected"), outcomes.count("handled")) == (10, 50)


def test_a_share_picks_the_same_events_each_time_in_each_worker(
    control: Database, open_worker: Callable[[], Worker]
) -> None:
    set_fault(control, FaultKind.FAIL, Figures(share=0.25))
    run = make_run(1, 2_000)
    here, there = open_worker(), open_worker()
    here.look()
    there.look()

    def rejected(worker: Worker) -> list[int]:
        found = []
        for event in run:
            try:
                worker.faults.before_handling([event], RUNNING)
            except Rejected:
                found.append(event.position)
        return found

    assert rejected(here) == rejected(there)
    assert 400 < len(rejected(here)) < 600


def test_a_share_of_attempts_fails_and_every_event_gets_through(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(share=0.5, transient=True))
    (event,) = make_run(1, 1)

    outcomes = [worker.outcome(event) for _ in range(100)]

    assert set(outcomes) == {"Transient", "handled"}


@pytest.mark.parametrize(("transient", "error"), [(False, Rejected), (True, Transient)])
def test_one_link_fails_and_no_other(
    control: Database, worker: Worker, transient: bool, error: type[Exception]
) -> None:
    set_fault(control, FaultKind.FAIL_LINK, Figures(link_id="link-0-2", transient=transient))
    first, second, third = make_run(1, 3)

    with pytest.raises(error):
        worker.handle([first, second, third])
    with pytest.raises(error):
        worker.handle([second])
    worker.handle([first])
    worker.handle([third])


def test_a_count_that_nobody_can_keep_strikes_nobody(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=5))
    worker.look()
    with control.transaction() as db:
        db.execute(text("DROP TABLE faults"))

    worker.faults.before_handling(make_run(1, 1), RUNNING)


# Waiting


def in_thread(call: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=call, daemon=True)
    thread.start()
    return thread


def test_latency_is_added_once_a_batch(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.LATENCY, Figures(ms=300, jitter_ms=100))

    began = time.monotonic()
    worker.handle(make_run(1, 10))

    # Ten times would be 3 s; a fault that waits less than it says is none.
    assert time.monotonic() - began >= 0.2


def hang(worker: Worker, stopping: threading.Event) -> threading.Thread:
    worker.look()
    thread = in_thread(lambda: worker.faults.before_handling(make_run(1, 1), stopping))
    thread.join(0.2)
    assert thread.is_alive()
    return thread


@pytest.mark.parametrize("end", ["clear", "clear while the watcher is stuck", "pause", "stop", "close"])
def test_a_hanging_event_goes_on_at_a_clear_a_pause_and_a_stop(
    control: Database, worker: Worker, end: str
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

    hanging.join(1.0)
    assert not hanging.is_alive()


def test_a_hang_ends_by_the_clock(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.HANG, ends_at=time.time() + 0.4)

    hang(worker, threading.Event()).join(2.0)

    assert worker.outcome(make_run(1, 1)[0]) == "handled"


# Delivering


def test_each_entry_is_delivered_twice(control: Database, worker: Worker) -> None:
    set_fault(control, FaultKind.TWICE)
    worker.look()

    doubled = worker.faults.delivered([entry(1), entry(2)])

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
    process.join(30)
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
    control: Database, worker: Worker, impatient: Database, end: str
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
    control: Database, worker: Worker, impatient: Database
) -> None:
    first = set_fault(control, FaultKind.LOCKED)
    worker.look()
    eventually(lambda: is_locked(impatient))
    clear(control, first)
    eventually(lambda: not is_locked(impatient))

    set_fault(control, FaultKind.LOCKED)
    worker.look()

    eventually(lambda: is_locked(impatient))


def test_nothing_is_locked_after_the_end(control: Database, worker: Worker, impatient: Database) -> None:
    worker.faults.close()
    set_fault(control, FaultKind.LOCKED)
    worker.look()

    assert worker.faults._lock is None


def test_tables_are_locked_on_postgresql(open_pg: Callable[[str], Database]) -> None:
    control, own = open_pg("control"), open_pg("qr")
    prepare(control, control_tables.metadata)
    prepare(own, tables.metadata)
    worker = Worker(control, open_pg)
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


def test_counts_are_kept_on_postgresql(open_pg: Callable[[str], Database]) -> None:
    control = open_pg("control")
    prepare(control, control_tables.metadata)
    worker = Worker(control, open_pg)
    set_fault(control, FaultKind.FAIL, Figures(next=1))
    first, second = make_run(1, 2)

    assert [worker.outcome(event) for event in (first, second, first)] == ["Rejected", "handled", "Rejected"]
