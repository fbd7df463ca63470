"""Each fault of a consumer, struck by a real worker: one consumer suffers, the others don't, and a clear restores it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.consuming.faults import FaultKind, Figures
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerHealth
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture(scope="module")
def place() -> Iterator[Desk]:
    """Give a desk with a worker for all tests here; at the end every event has had exactly one effect everywhere."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    desk = Desk.open(Settings.load(data_dir=folder), program=PROGRAM, run_worker=True)
    try:
        create(desk)
        eventually(lambda: is_first_link_everywhere(desk))
        yield desk
        eventually(lambda: is_done(desk))
    finally:
        unclean = desk.close(deadline_s=PATIENCE_S)
    assert unclean == []
    assert assert_exactly_once(folder) > 0
    shutil.rmtree(folder)


@pytest.fixture
def desk(place: Desk) -> Iterator[Desk]:
    """Give the desk while nothing is wrong; afterwards everything is restored."""
    eventually(lambda: is_done(place))
    yield place
    place.faults.clear(by="ann")


def health(desk: Desk, name: str) -> ConsumerHealth:
    assert desk.snapshot is not None
    return next(found for found in desk.snapshot.consumers if found.name == name)


def is_first_link_everywhere(desk: Desk) -> bool:
    """Whether all consumers have begun: before that they have no tables that could be looked into."""
    found = () if desk.snapshot is None else desk.snapshot.journeys
    return any(journey.consistent_ms is not None for journey in found)


def receipts(desk: Desk, name: str) -> int:
    ((count,),) = query(desk.settings.data_dir, name, "SELECT count(*) FROM inbox")
    return int(count)


def events(desk: Desk) -> int:
    ((count,),) = query(desk.settings.data_dir, "links", "SELECT count(*) FROM outbox")
    return int(count)


def is_done(desk: Desk) -> bool:
    """Whether every consumer has a receipt for every event."""
    return all(receipts(desk, name) == events(desk) for name in PROGRAM.consumers)


def others_are_done(desk: Desk, name: str) -> bool:
    return all(receipts(desk, other) == events(desk) for other in PROGRAM.consumers if other != name)


def create(desk: Desk, count: int = 1) -> list[str]:
    return [desk.create_link(f"https://example.com/{number}").link_id for number in range(count)]


def strike(desk: Desk, name: str, kind: FaultKind, **figures: object) -> int:
    """Set a fault and wait until the worker must have read it: it looks every 0.1 s, and says so when it obeys a pause."""
    fault = desk.faults.set(name, kind, Figures(**figures), by="ann")  # type: ignore[arg-type]
    for version in (desk.pause(name, by="ann"), desk.resume(name, by="ann")):
        eventually(lambda version=version: (health(desk, name).obeyed_version or 0) >= version)  # type: ignore[misc]
    return fault.fault_id


def waiting(desk: Desk, name: str) -> list[str]:
    return sorted(
        str(row[0]) for row in query(desk.settings.data_dir, name, "SELECT link_id FROM parked_keys")
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [("billing", FaultKind.HANG), ("analytics", FaultKind.LOCKED), ("qr", FaultKind.LATENCY)],
)
def test_one_consumer_stands_still_and_a_clear_lets_it_go_on(desk: Desk, name: str, kind: FaultKind) -> None:
    figures = {"ms": 60_000.0} if kind is FaultKind.LATENCY else {}
    before = receipts(desk, name)
    strike(desk, name, kind, **figures)

    create(desk, 3)

    eventually(lambda: others_are_done(desk, name))
    assert receipts(desk, name) == before
    desk.faults.clear(name, by="ann")
    eventually(lambda: is_done(desk))


def test_events_that_are_rejected_become_dead_letters_that_can_be_retried_after_the_clear(desk: Desk) -> None:
    strike(desk, "dashboard", FaultKind.FAIL, next=2)

    created = create(desk, 4)

    eventually(lambda: len(desk.dead_letters.find(Selection("dashboard"))) == 2)
    letters = desk.dead_letters.find(Selection("dashboard"))
    assert {letter.event.link_id for letter in letters} < set(created)
    assert all("Rejected: Fault" in letter.error for letter in letters)
    eventually(lambda: receipts(desk, "dashboard") == events(desk) - 2)
    desk.faults.clear(by="ann")
    desk.dead_letters.retry(desk.dead_letters.preview(letters))
    eventually(lambda: is_done(desk))


def test_attempts_that_fail_for_a_while_are_repeated(desk: Desk) -> None:
    strike(desk, "dashboard", FaultKind.FAIL, next=3, transient=True)

    create(desk, 2)

    eventually(lambda: is_done(desk))
    assert desk.faults.active() == ()


def test_a_link_that_fails_waits_alone(desk: Desk) -> None:
    (link,) = create(desk)
    eventually(lambda: is_done(desk))
    strike(desk, "webhook", FaultKind.FAIL_LINK, link=link, transient=True)

    desk.edit_link(link, title="another")
    create(desk, 3)

    eventually(lambda: waiting(desk, "webhook") == [link])
    desk.archive_link(link)
    eventually(lambda: receipts(desk, "webhook") == events(desk) - 2)
    desk.faults.clear(by="ann")
    eventually(lambda: is_done(desk))


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_worker_that_crashes_leaves_nothing_out_and_does_nothing_twice(
    desk: Desk, after_commit: bool
) -> None:
    before = desk.worker_pid
    strike(desk, "analytics", FaultKind.CRASH, after_commit=after_commit)

    create(desk, 3)

    eventually(lambda: desk.worker_pid not in (None, before))
    eventually(lambda: is_done(desk))
    assert desk.faults.active() == ()


def absorbed(desk: Desk, name: str) -> int:
    ((count,),) = query(desk.settings.data_dir, name, "SELECT coalesce(sum(absorbed), 0) FROM watermarks")
    return int(count)


def test_events_that_are_delivered_twice_have_one_effect(desk: Desk) -> None:
    before = absorbed(desk, "billing")
    strike(desk, "billing", FaultKind.TWICE)

    create(desk, 5)

    eventually(lambda: is_done(desk))
    eventually(lambda: absorbed(desk, "billing") >= before + 5)
