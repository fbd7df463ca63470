"""Effect, receipt and watermark are one transaction: all of them or none, and only for whoever holds the watermark."""

import time
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from core.consuming.inbox import Inbox, InHand
from core.consuming.ownership import Holding
from core.consuming.tables import inbox as receipts_table
from core.errors import OwnershipLost, Rejected, StoreUnavailable
from core.events.envelope import Event
from core.storage.database import Database
from tests.support.collecting import Collect, collected
from tests.support.events import clicked, make_event, make_run
from tests.support.looping import NothingKept, take_all, watermarks


@pytest.fixture
def inbox(collect: Collect, database: Database) -> Inbox:
    opened = Inbox(collect, database, "this worker")
    opened.prepare([0, 1], NothingKept())
    return opened


@pytest.fixture
def held(inbox: Inbox, database: Database) -> dict[int, Holding]:
    """Own all partitions."""
    return take_all(database, inbox.worker)


def receipts(database: Database) -> list[tuple[int, int, str, str, str]]:
    table = receipts_table.c
    columns = (table.partition, table.position, table.event_id, table.outcome, table.worker)
    with database.reading() as db:
        return [tuple(row) for row in db.execute(select(*columns).order_by(table.partition, table.position))]


def test_effects_receipts_and_watermarks_come_together(
    inbox: Inbox, held: dict[int, Holding], database: Database
) -> None:
    runs = {0: make_run(1, 3), 1: make_run(1, 2, partition=1)}

    inbox.apply(runs, held)

    assert collected(database) == {
        number: [(event.position, event.event_id) for event in run] for number, run in runs.items()
    }
    assert receipts(database) == [
        (number, event.position, event.event_id, "applied", "this worker")
        for number, run in runs.items()
        for event in run
    ]
    assert watermarks(database) == {0: 3, 1: 2}


def test_a_receipt_says_when(inbox: Inbox, held: dict[int, Holding], database: Database) -> None:
    before = time.time()

    inbox.apply({0: make_run(1, 1)}, held)

    with database.reading() as db:
        assert before <= (db.scalar(select(receipts_table.c.applied_at)) or 0) <= time.time()


@pytest.mark.parametrize(
    "error", [ValueError("a bug"), Rejected("never"), StoreUnavailable("full")], ids=repr
)
def test_an_error_after_the_effect_undoes_everything(
    inbox: Inbox, held: dict[int, Holding], collect: Collect, database: Database, error: Exception
) -> None:
    def fail(_events: Sequence[Event]) -> None:
        raise error

    collect.after = fail

    with pytest.raises(type(error), match=str(error)):
        inbox.apply({0: make_run(1, 3)}, held)

    assert collected(database) == {}
    assert receipts(database) == []
    assert watermarks(database) == {0: 0, 1: 0}


def test_other_types_are_not_handled_but_get_their_receipt(
    inbox: Inbox, held: dict[int, Holding], database: Database
) -> None:
    creation, click = make_run(1, 1)[0], make_event(clicked(), 2, sequence=None)

    inbox.apply({0: [creation, click]}, held)

    assert collected(database) == {0: [(1, creation.event_id)]}
    assert [row[3] for row in receipts(database)] == ["applied", "ignored"]
    assert watermarks(database)[0] == 2


def test_a_batch_of_other_types_alone_moves_on_too(
    inbox: Inbox, held: dict[int, Holding], collect: Collect, database: Database
) -> None:
    collect.after = lambda events: pytest.fail(f"was given {events}")

    inbox.apply({0: [make_event(clicked(), 1, sequence=None)]}, held)

    assert watermarks(database)[0] == 1


def test_who_has_lost_a_partition_changes_nothing(
    inbox: Inbox, held: dict[int, Holding], collect: Collect, database: Database
) -> None:
    Inbox(collect, database, "another worker").apply(
        {0: make_run(1, 2)}, take_all(database, "another worker")
    )
    before = (collected(database), receipts(database))

    # It was frozen meanwhile, say, and knows nothing of it.
    with pytest.raises(OwnershipLost, match="collect"):
        inbox.apply({0: make_run(1, 3), 1: make_run(1, 1, partition=1)}, held)

    assert (collected(database), receipts(database)) == before
    assert watermarks(database) == {0: 2, 1: 0}
    assert held[0].position == 0


def test_the_same_run_again_is_refused(inbox: Inbox, held: dict[int, Holding], database: Database) -> None:
    run = make_run(1, 2)
    inbox.apply({0: run}, held)
    held[0].position = 0

    with pytest.raises(OwnershipLost):
        inbox.apply({0: run}, held)

    assert len(receipts(database)) == 2


def test_receipts_tell_the_order_of_the_transactions(
    inbox: Inbox, held: dict[int, Holding], database: Database
) -> None:
    inbox.apply({0: make_run(1, 2)}, held)
    inbox.apply({0: make_run(3, 3), 1: make_run(1, 1, partition=1)}, held)

    with database.reading() as db:
        table = receipts_table.c
        rows = db.execute(select(table.partition, table.position, table.commit_number)).all()
    assert [tuple(row) for row in rows] == [(0, 1, 1), (0, 2, 1), (0, 3, 2), (1, 1, 1)]


def test_preparing_again_keeps_the_watermarks_and_adds_partitions(
    inbox: Inbox, held: dict[int, Holding], database: Database
) -> None:
    inbox.apply({0: make_run(1, 2)}, held)

    inbox.prepare([0, 1, 2], NothingKept())

    assert watermarks(database) == {0: 2, 1: 0, 2: 0}


def test_who_has_lost_a_partition_leaves_the_note_of_its_new_owner_alone(
    inbox: Inbox, held: dict[int, Holding], database: Database, collect: Collect
) -> None:
    other = Inbox(collect, database, "another worker")
    other.take_in_hand({0: InHand(7, 0, 0)}, take_all(database, "another worker"))

    with pytest.raises(OwnershipLost):
        inbox.take_in_hand({0: InHand(3, 0, 0)}, held)

    assert inbox.was_in_hand(0) == InHand(7, 0, 0)
