"""Operators ask for partitions to be moved: what can't be done is refused before it is asked, what nobody does is noted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from core.consuming.contract import Answer
from core.consuming.requests import Requests
from core.consuming.tables import watermarks
from core.errors import InvalidInput, NotFound
from core.operating.partitions import Partitions
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        made.stores["qr"].reached(3, 1)
        yield made


@pytest.fixture
def partitions(place: Place) -> Partitions:
    return place.desk.partitions


def own(place: Place, worker: str | None) -> None:
    with place.stores["qr"].database.transaction() as db:
        db.execute(update(watermarks).values(owner=worker))


def test_what_nobody_can_do_is_refused_and_nothing_is_asked(place: Place, partitions: Partitions) -> None:
    place.beat("qr")
    own(place, None)

    with pytest.raises(InvalidInput, match="Partition 3 of qr: Nobody owns it"):
        partitions.release("qr", {3: None})
    with pytest.raises(InvalidInput, match="gone was not heard of lately"):
        partitions.release("qr", {3: "gone"})
    with pytest.raises(InvalidInput, match="No worker 'x' runs qr now"):
        partitions.take_over("qr", [3], "x")
    with pytest.raises(InvalidInput, match="qr has no partition 99"):
        partitions.take_over("qr", [99], "w")
    with pytest.raises(NotFound, match="There is no consumer 'nobody'"):
        partitions.release("nobody", {3: "w"})
    assert Requests(place.control).waiting() == []


def test_what_is_asked_stands_in_the_journal_and_is_not_done_yet_while_its_worker_does_not_answer(
    place: Place, partitions: Partitions
) -> None:
    place.beat("qr")
    own(place, "w")

    moves = partitions.take_over("qr", [3], "w", why="it hangs", by="ann")

    (moved,) = partitions.outcomes(moves, within_s=0)
    assert (moved.outcome, moved.owner, moved.failed) == ("noted; not done yet", "w", False)
    (entry,) = place.desk.journal.newest(1)
    assert (entry.act, entry.subject, entry.why) == ("take over partition 3 by w", "qr", "it hangs")
    Requests(place.control).done([(moves[0].number, Answer("Taken over from v."))])
    (moved,) = partitions.outcomes(moves)
    assert (moved.outcome, moved.failed) == ("Taken over from v.", False)


def test_a_consumer_that_has_never_run_has_no_owners(partitions: Partitions) -> None:
    assert partitions.owners("dashboard") == {}
    assert partitions.workers("dashboard") == ()
