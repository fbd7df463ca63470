"""Effect, receipt and watermark are one transaction: all of them or none, and only for whoever holds the watermark."""

import time
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from core.consuming.inbox import Inbox
from core.consuming.tables import inbox as receipts_table
from core.errors import OwnershipLost, Rejected, StoreUnavailable
from core.events.envelope import Event
from core.storage.database import Database
from tests.support.collecting import Collect, collected
from tests.support.events import clicked, make_event, make_run


@pytest.fixture
def inbox(collect: Collect, database: Database) -> Inbox:
    opened = Inbox(collect, database, "this worker")
    assert opened.prepare([0, 1]) == {0: 0, 1: 0}
    return opened


def receipts(database: Database) -> list[tuple[int, int, str, str, str]]:
    table = receipts_table.c
    columns = (table.partition, table.position, table.event_id, table.outcome, table.worker)
    with database.reading() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(table.partition, table.position))]


def test_effects_receipts_and_watermarks_come_together(inbox: Inbox, database: Database) -> None:
    runs = {0: make_run(1, 3), 1: make_run(1, 2, partition=1)}

    inbox.apply(runs, {0: 0, 1: 0})

    assert collected(database) == {
        number: [(event.position, event.event_id) for event in run] for number, run in runs.items()
    }
    assert receipts(database) == [
        (number, event.position, event.event_id, "applied", "this worker")
        for number, run in runs.items()
        for event in run
    ]
    assert inbox.watermarks() == {0: 3, 1: 2}


def test_a_receipt_says_when(inbox: Inbox, database: Database) -> None:
    before = time.time()

    inbox.apply({0: make_run(1, 1)}, {0: 0})

    with database.reading() as db:
        assert before <= (db.scalar(select(receipts_table.c.applied_at)) or 0) <= time.time()


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), Rejected("never"), StoreUnavailable("full")], ids=repr
)
def test_an_error_after_the_effect_undoes_everything(
    inbox: Inbox, collect: Collect, database: Database, error: Exception
) -> None:
    def fail(_events: Sequence[Event]) -> None:
        raise error

    collect.after = fail

    with pytest.raises(type(error), match=str(error)):
        inbox.apply({0: make_run(1, 3)}, {0: 0})

    assert collected(database) == {}
    assert receipts(database) == []
    assert inbox.watermarks() == {0: 0, 1: 0}


def test_other_types_are_not_handled_but_get_their_receipt(inbox: Inbox, database: Database) -> None:
    creation, click = make_run(1, 1)[0], make_event(clicked(), 2, sequence=None)

    inbox.apply({0: [creation, click]}, {0: 0})

    assert collected(database) == {0: [(1, creation.event_id)]}
    assert [row[3] for row in receipts(database)] == ["applied", "ignored"]
    assert inbox.watermarks()[0] == 2


def test_a_batch_of_other_types_alone_moves_on_too(
    inbox: Inbox, collect: Collect, database: Database
) -> None:
    collect.after = lambda events: pytest.fail(f"was given {events}")

    inbox.apply({0: [make_event(clicked(), 1, sequence=None)]}, {0: 0})

    assert inbox.watermarks()[0] == 1


def test_whoever_comes_second_changes_nothing(inbox: Inbox, collect: Collect, database: Database) -> None:
    other = Inbox(collect, database, "another worker")
    other.apply({0: make_run(1, 2)}, {0: 0})
    before = (collected(database), receipts(database))

    with pytest.raises(OwnershipLost, match="collect"):
        inbox.apply({0: make_run(1, 3), 1: make_run(1, 1, partition=1)}, {0: 0, 1: 0})

    assert (collected(database), receipts(database)) == before
    assert inbox.watermarks() == {0: 2, 1: 0}


def test_the_same_run_again_is_refused(inbox: Inbox, database: Database) -> None:
    run = make_run(1, 2)
    inbox.apply({0: run}, {0: 0})

    with pytest.raises(OwnershipLost):
        inbox.apply({0: run}, {0: 0})

    assert len(receipts(database)) == 2


def test_preparing_again_keeps_the_watermarks_and_adds_partitions(inbox: Inbox) -> None:
    inbox.apply({0: make_run(1, 2)}, {0: 0})

    assert inbox.prepare([0, 1, 2]) == {0: 2, 1: 0, 2: 0}
