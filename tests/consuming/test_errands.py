"""What operators request is done once, in order, by whoever owns the partition; the outcome is one sentence."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from core.consuming import parking as parking_module
from core.consuming.contract import Answer
from core.consuming.loop import ConsumerLoop
from core.consuming.requests import Request
from core.consuming.tables import dead_letters, inbox, parked, parked_keys
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.failing_links import Outside, effects, first_link, rows, slug_of, without
from tests.support.links import PARTITIONS
from tests.support.looping import Check, FailsFor, StartLoop
from tests.support.waiting import PATIENCE_S, eventually

pytestmark = pytest.mark.usefixtures("fast")


@dataclass(frozen=True)
class Buried:
    """A dead letter of the running consumer, which goes on failing until told otherwise."""

    event: Event
    fails: FailsFor
    loop: ConsumerLoop


Bury = Callable[[int], Buried]


@pytest.fixture
def bury(fast: None, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect) -> Bury:
    """Give what creates some links and waits until one of them is a dead letter."""

    def act(count: int) -> Buried:
        feed.links(count)
        bad = first_link(feed)
        collect.after = fails = FailsFor(bad.link_id)
        loop = start_loop()
        eventually(lambda: [row["state"] for row in rows(database, dead_letters)] == ["dead"])
        return Buried(bad, fails, loop)

    return act


def request(act: str, event: Event | None = None, *, number: int = 1, argument: str | None = None) -> Request:
    partition, position = (None, None) if event is None else (event.partition, event.position)
    return Request(number, "collect", act, partition, position, argument, "ann", "because")


@pytest.mark.parametrize("holds", [True, False], ids=["held", "going on"])
def test_a_retried_dead_letter_is_applied_before_what_waited_behind_it(
    feed: Feed, bury: Bury, database: Database, collect: Collect, holds: bool
) -> None:
    collect.holds_behind_dead_letters = holds
    buried = bury(4)
    buried.fails.link_ids.clear()
    feed.side.producer.archive_link(slug_of(feed, buried.event), by="ann")
    feed.publish()
    eventually(lambda: effects(database) == (3 if holds else 4))

    buried.loop.errands.ask([request("retry", buried.event)])

    eventually(lambda: effects(database) == 5)
    assert buried.loop.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer("It is tried again."))
    (dead,) = rows(database, dead_letters)
    assert (dead["state"], dead["decided_by"], dead["why"], dead["retries"]) == (
        "applied",
        "ann",
        "because",
        1,
    )
    assert rows(database, parked) == rows(database, parked_keys) == []
    (receipt,) = [row for row in rows(database, inbox) if row["event_id"] == buried.event.event_id]
    assert receipt["outcome"] == "retried"
    order = [event_id for _, event_id in collected(database)[buried.event.partition]]
    archived = feed.side.outbox.read(buried.event.partition, after=0, limit=100)[-1].event_id
    assert (order.index(buried.event.event_id) < order.index(archived)) is holds


def test_a_retry_that_fails_again_is_a_dead_letter_again(bury: Bury, database: Database) -> None:
    buried = bury(2)

    buried.loop.errands.ask([request("retry", buried.event)])

    eventually(
        lambda: (
            [(row["state"], row["attempts"], row["retries"]) for row in rows(database, dead_letters)]
            == [("dead", 10, 1)]
        )
    )


def test_a_discarded_dead_letter_lets_its_link_go_on(
    feed: Feed, bury: Bury, database: Database, collect: Collect
) -> None:
    collect.holds_behind_dead_letters = True
    buried = bury(3)
    buried.fails.link_ids.clear()
    feed.side.producer.archive_link(slug_of(feed, buried.event), by="ann")
    feed.publish()
    eventually(lambda: len(rows(database, parked)) == 1)

    buried.loop.errands.ask([request("discard", buried.event)])

    eventually(lambda: effects(database) == 3)
    (dead,) = rows(database, dead_letters)
    assert (dead["state"], dead["replaced_by"]) == ("discarded", None)
    assert rows(database, parked) == rows(database, parked_keys) == []


def test_the_same_request_again_says_that_it_was_decided(bury: Bury) -> None:
    buried = bury(1)

    buried.loop.errands.ask([request("discard", buried.event), request("retry", buried.event, number=2)])

    assert buried.loop.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer("Discarded."))
    assert buried.loop.errands.outcomes.get(timeout=PATIENCE_S) == (
        2,
        Answer("There is no such dead letter any more: somebody has decided about it.", done=False),
    )


def test_a_link_that_waits_is_tried_at_once_when_it_is_requested(
    feed: Feed, start_loop: StartLoop, collect: Collect, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking_module, "retry_delay", lambda _failures: 600.0)
    feed.links(1)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    outside.link_ids.clear()

    loop.errands.ask([request("retry now", argument=bad.link_id)])

    eventually(lambda: effects(database) == 1)


def test_a_rebuilt_consumer_has_every_effect_once_again(
    feed: Feed, start_loop: StartLoop, database: Database, has_everything: Check
) -> None:
    feed.links(30)
    loop, other = start_loop(), start_loop()
    eventually(has_everything)
    eventually(lambda: 0 in (*loop.owns, *other.owns))
    before = {str(row["event_id"]) for row in rows(database, inbox)}
    began = time.time()

    def has_everything_anew() -> bool:
        receipts = rows(database, inbox)
        return (
            has_everything()
            and before < {str(row["event_id"]) for row in receipts}
            and all(float(str(row["applied_at"])) > began for row in receipts)
            and effects(database) == 35
        )

    loop.errands.ask([request("rebuild")])
    other.errands.ask([request("rebuild")])
    feed.links(5)

    # Two loops own partition 0 one after the other, and the second one may empty again what the first one has rebuilt.
    eventually(has_everything_anew)


@pytest.mark.parametrize("removed", ["position = 1", "position > 0"], ids=["the oldest", "everything"])
def test_a_rebuild_is_refused_when_old_events_are_no_longer_kept(
    feed: Feed, start_loop: StartLoop, database: Database, has_everything: Check, removed: str
) -> None:
    feed.links(8)
    loop = start_loop()
    eventually(has_everything)
    expected = feed.expected()
    with feed.side.database.transaction() as db:
        db.exec_driver_sql(f"DELETE FROM outbox WHERE {removed}")

    loop.errands.ask([request("rebuild")])

    assert "retention" in loop.errands.outcomes.get(timeout=PATIENCE_S)[1].sentence
    assert collected(database) == expected


def test_a_rebuild_is_refused_when_old_events_of_another_worker_are_no_longer_kept(
    feed: Feed, start_loop: StartLoop, database: Database, has_everything: Check
) -> None:
    feed.links(40)
    loops = [start_loop(), start_loop()]
    eventually(lambda: all(len(loop.owns) == PARTITIONS // 2 for loop in loops))
    eventually(has_everything)
    expected = feed.expected()
    asked, other = sorted(loops, key=lambda loop: 0 not in loop.owns)
    with feed.side.database.transaction() as db:
        db.exec_driver_sql(f"DELETE FROM outbox WHERE partition = {other.owns[0]} AND position = 1")

    asked.errands.ask([request("rebuild")])

    assert "retention" in asked.errands.outcomes.get(timeout=PATIENCE_S)[1].sentence
    assert collected(database) == expected


def test_a_rebuild_passes_by_what_operators_have_discarded(
    feed: Feed, bury: Bury, database: Database
) -> None:
    buried = bury(12)
    buried.loop.errands.ask([request("discard", buried.event)])
    assert buried.loop.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer("Discarded."))
    buried.fails.link_ids.clear()

    buried.loop.errands.ask([request("rebuild", number=2)])

    assert "Emptied" in buried.loop.errands.outcomes.get(timeout=PATIENCE_S)[1].sentence
    eventually(lambda: collected(database) == without(feed, buried.event.link_id))
    assert [row["state"] for row in rows(database, dead_letters)] == ["discarded"]
    assert buried.event.event_id not in {row["event_id"] for row in rows(database, inbox)}


def test_a_request_that_fails_does_not_keep_the_consumer_from_its_events(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    has_everything: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("core.consuming.errands.discard", break_down)
    feed.links(4)
    loop = start_loop()
    eventually(has_everything)

    loop.errands.ask([request("discard", first_link(feed))])

    assert loop.errands.outcomes.get(timeout=PATIENCE_S) == (
        1,
        Answer("Failed: RuntimeError: a bug", done=False),
    )
    feed.links(4)
    eventually(has_everything)
    assert loop.status.error is None


def test_a_batch_that_takes_too_long_is_told_of(
    feed: Feed, start_loop: StartLoop, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.consuming.loop._TOO_LONG_S", 0.05)
    go_on = threading.Event()

    def take_its_time(_events: Sequence[Event]) -> None:
        go_on.wait(PATIENCE_S)

    collect.after = take_its_time
    loop = start_loop()
    feed.links(1)
    try:
        sentence = eventually(loop.why_slow)
        assert sentence is not None
        assert f"event {first_link(feed).event_id}" in sentence
    finally:
        go_on.set()
    eventually(lambda: loop.why_slow() is None)
