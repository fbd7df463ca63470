"""A fault fails what it was set to fail, shares its count among workers, and costs nothing where there is none."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, insert, text
from sqlalchemy import event as engine_events

from core.broker.streams import Entry
from core.consuming import control_tables
from core.consuming.control_tables import faults as fault_table
from core.consuming.faults import FaultKind, Figures, read_active
from core.errors import Rejected, Transient
from core.storage.database import Database
from core.storage.schema import prepare
from tests.support.events import make_run
from tests.support.faulty import RUNNING, FaultyWorker, clear, set_fault


def used(control: Database) -> int:
    return read_active(control)["qr"][0].used


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect what any database is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    engine_events.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        engine_events.remove(Engine, "before_cursor_execute", note)


# None


def test_without_a_fault_nothing_happens(worker: FaultyWorker) -> None:
    entries = [Entry(0, 1, {}), Entry(0, 2, {})]

    worker.handle(make_run(1, 3))
    worker.faults.before_commit()
    worker.faults.after_commit()

    assert worker.faults.delivered(entries) is entries


def test_without_a_fault_no_hook_asks_a_database(worker: FaultyWorker) -> None:
    with statements() as asked:
        worker.faults.delivered([Entry(0, 1, {})])
        worker.faults.before_handling(make_run(1, 100), RUNNING)
        worker.faults.before_commit()
        worker.faults.after_commit()

    assert asked == []


def test_what_is_not_known_here_is_passed_by(control: Database, worker: FaultyWorker) -> None:
    good = set_fault(control, FaultKind.TWICE)
    with control.transaction() as db:
        for kind, arguments in (("meteor", "{}"), ("latency", '{"ms": "many"}'), ("fail", "no json")):
            db.execute(
                insert(fault_table).values(
                    target="qr", kind=kind, arguments=arguments, set_by="ann", set_at=1.0
                )
            )

    assert [fault.fault_id for fault in read_active(control)["qr"]] == [good]


def test_a_fault_ends_by_the_clock(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.FAIL_LINK, Figures(link_id="link-0-1"), ends_at=time.time() - 1)
    set_fault(control, FaultKind.TWICE, ends_at=time.time() + 60)

    worker.handle(make_run(1, 1))

    assert [fault.kind for fault in read_active(control)["qr"]] == [FaultKind.TWICE]


# Failing


def test_the_next_n_events_are_rejected_and_stay_so_until_it_is_cleared(
    control: Database, worker: FaultyWorker
) -> None:
    fault_id = set_fault(control, FaultKind.FAIL, Figures(next=2))
    first, second, third = make_run(1, 3)

    assert [worker.outcome(event) for event in (first, second, third)] == ["Rejected", "Rejected", "handled"]
    assert [worker.outcome(event) for event in (third, second, first)] == ["handled", "Rejected", "Rejected"]
    assert used(control) == 2
    clear(control, fault_id)
    assert [worker.outcome(event) for event in (first, second)] == ["handled", "handled"]


def test_a_batch_fails_for_nothing_and_then_its_lone_events_count(
    control: Database, worker: FaultyWorker
) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=1))
    run = make_run(1, 3)

    with pytest.raises(Rejected, match=r"Fault \d+ \(fail\), set by ann"):
        worker.handle(run)

    assert used(control) == 0
    assert [worker.outcome(event) for event in run] == ["Rejected", "handled", "handled"]
    with pytest.raises(Rejected):
        worker.handle(run)
    worker.handle(run[1:])


def test_a_fault_that_is_used_up_asks_no_database_about_other_events(
    control: Database, worker: FaultyWorker
) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=1))
    picked, *others = make_run(1, 4)
    worker.look()
    with pytest.raises(Rejected):
        worker.faults.before_handling([picked], RUNNING)
    worker.faults.before_handling(others[:1], RUNNING)

    with statements() as asked:
        worker.faults.before_handling(others[1:2], RUNNING)
        worker.faults.before_handling(others[2:], RUNNING)

    assert asked == []
    with pytest.raises(Rejected):
        worker.faults.before_handling([picked], RUNNING)


def test_the_next_n_attempts_fail_and_then_it_is_over(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=2, transient=True))
    (event,) = make_run(1, 1)

    assert [worker.outcome(event) for _ in range(3)] == ["Transient", "Transient", "handled"]
    assert read_active(control) == {}


def test_several_workers_share_one_count(control: Database, open_worker: Callable[[], FaultyWorker]) -> None:
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
    control: Database, open_worker: Callable[[], FaultyWorker]
) -> None:
    set_fault(control, FaultKind.FAIL, Figures(share=0.25))
    run = make_run(1, 2_000)
    here, there = open_worker(), open_worker()
    here.look()
    there.look()

    def rejected(worker: FaultyWorker) -> list[int]:
        found = []
        for event in run:
            try:
                worker.faults.before_handling([event], RUNNING)
            except Rejected:
                found.append(event.position)
        return found

    assert rejected(here) == rejected(there)
    assert 400 < len(rejected(here)) < 600


def test_a_share_of_attempts_fails_and_every_event_gets_through(
    control: Database, worker: FaultyWorker
) -> None:
    set_fault(control, FaultKind.FAIL, Figures(share=0.5, transient=True))
    (event,) = make_run(1, 1)

    outcomes = [worker.outcome(event) for _ in range(100)]

    assert set(outcomes) == {"Transient", "handled"}


@pytest.mark.parametrize(("transient", "error"), [(False, Rejected), (True, Transient)])
def test_one_link_fails_and_no_other(
    control: Database, worker: FaultyWorker, transient: bool, error: type[Exception]
) -> None:
    set_fault(control, FaultKind.FAIL_LINK, Figures(link_id="link-0-2", transient=transient))
    first, second, third = make_run(1, 3)

    with pytest.raises(error):
        worker.handle([first, second, third])
    with pytest.raises(error):
        worker.handle([second])
    worker.handle([first])
    worker.handle([third])


def test_a_count_that_nobody_can_keep_strikes_nobody(control: Database, worker: FaultyWorker) -> None:
    set_fault(control, FaultKind.FAIL, Figures(next=5))
    worker.look()
    with control.transaction() as db:
        db.execute(text("DROP TABLE faults"))

    worker.faults.before_handling(make_run(1, 1), RUNNING)


def test_counts_are_kept_on_postgresql(open_pg: Callable[[str], Database]) -> None:
    control = open_pg("control")
    prepare(control, control_tables.metadata)
    worker = FaultyWorker(control, open_pg)
    set_fault(control, FaultKind.FAIL, Figures(next=1))
    first, second = make_run(1, 2)

    assert [worker.outcome(event) for event in (first, second, first)] == ["Rejected", "handled", "Rejected"]
