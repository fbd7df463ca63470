"""An operator gives an event up: it is a dead letter at once, with what it had failed by and the reason."""

import threading
from collections.abc import Callable, Iterable, Sequence

import pytest

from core.consuming import parking as parking_module
from core.consuming.controls import Wanted
from core.consuming.loop import ConsumerLoop
from core.consuming.requests import Request
from core.consuming.tables import dead_letters, inbox, parked, parked_keys
from core.errors import Transient
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.failing_links import Outside, effects, first_link, rows, slug_of, without
from tests.support.looping import StartLoop, pause
from tests.support.waiting import PATIENCE_S, eventually

Archive = Callable[[Event], Event]


@pytest.fixture(autouse=True)
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what failed once wait for an operator."""
    monkeypatch.setattr(parking_module, "retry_delay", lambda _failures: 600.0)


@pytest.fixture
def archive(feed: Feed) -> Archive:
    """Give what archives an event's link, and gives the later event."""

    def act(event: Event) -> Event:
        feed.side.producer.archive_link(slug_of(feed, event), by="ann")
        feed.publish()
        return feed.side.outbox.read(event.partition, after=0, limit=1_000)[-1]

    return act


def of_link(event: Event) -> Request:
    return Request(1, "collect", "dead-letter", event.partition, None, event.link_id, "ann", "a test click")


def of_place(event: Event, *, number: int = 1) -> Request:
    return Request(
        number, "collect", "dead-letter", event.partition, event.position, None, "ann", "a test click"
    )


def said(loop: ConsumerLoop) -> str:
    return loop.errands.outcomes.get(timeout=PATIENCE_S)[1].sentence


@pytest.mark.parametrize("holds", [True, False], ids=["held", "going on"])
def test_the_first_event_of_a_parked_key_is_given_up_and_the_later_ones_obey_the_policy(
    holds: bool, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, archive: Archive
) -> None:
    collect.holds_behind_dead_letters = holds
    feed.links(8)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    later = archive(bad)
    eventually(lambda: len(rows(database, parked)) == 2)
    outside.link_ids.clear()

    loop.errands.ask([of_link(bad)])

    outcome = "wait behind it" if holds else "go on"
    assert said(loop) == f"It is a dead letter now; later events of its link {outcome}."
    (dead,) = rows(database, dead_letters)
    assert (dead["event_id"], dead["error_class"], dead["attempts"], dead["state"]) == (
        *(bad.event_id, "operator", 1, "dead"),
    )
    assert dead["error"] == "Transient: it is away for a while\nGiven up by ann after 1 attempt: a test click"
    assert "in __call__" in str(dead["traceback"])
    if holds:
        assert [(row["error_class"], row["next_attempt_at"]) for row in rows(database, parked_keys)] == [
            ("held", None)
        ]
        assert [row["event_id"] for row in rows(database, parked)] == [later.event_id]
    else:
        eventually(lambda: effects(database) == 8)
        assert rows(database, parked) == rows(database, parked_keys) == []


def test_a_request_that_is_done_twice_gives_only_the_event_up_that_was_seen(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, archive: Archive
) -> None:
    collect.holds_behind_dead_letters = False
    feed.links(8)
    bad = first_link(feed)
    collect.after = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    archive(bad)
    eventually(lambda: len(rows(database, parked)) == 2)
    seen = (bad.partition, bad.position, bad.link_id, "ann", "a test click")

    # A worker that dies before it could note the outcome leaves the request to be done again.
    for number in (1, 2):
        loop.errands.ask([Request(number, "collect", "dead-letter", *seen)])
        assert said(loop) == "It is a dead letter now; later events of its link go on."

    assert [row["event_id"] for row in rows(database, dead_letters)] == [bad.event_id]


def test_what_was_given_up_can_be_retried(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(4)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    loop.errands.ask([of_link(bad)])
    said(loop)
    outside.link_ids.clear()

    loop.errands.ask([Request(2, "collect", "retry", bad.partition, bad.position, None, "ann", "mended")])

    eventually(lambda: effects(database) == 4)
    assert [row["state"] for row in rows(database, dead_letters)] == ["applied"]


@pytest.mark.parametrize("which", [0, 1, 2])
def test_an_event_whose_turn_has_not_come_is_given_up_and_passed_by(
    which: int, feed: Feed, start_loop: StartLoop, database: Database
) -> None:
    loop = start_loop()
    pause(loop)
    feed.links(40)
    number = first_link(feed).partition
    bad = feed.side.outbox.read(number, after=0, limit=3)[which]

    loop.errands.ask([of_place(bad)])

    assert said(loop) == "It is a dead letter now; later events of its link are applied."
    (dead,) = rows(database, dead_letters)
    assert (dead["event_id"], dead["error"], dead["attempts"]) == (
        *(bad.event_id, "Given up by ann untried: a test click", 0),
    )
    retry = Request(2, "collect", "retry", number, bad.position, None, "ann", "after all")
    if which:
        # What has not had its turn can't be tried again.
        loop.errands.ask([retry])
        loop.errands.ask([retry, of_place(bad, number=3)])
        assert said(loop) == "Nothing was done: it is a dead letter already, or was discarded."
        assert [row["state"] for row in rows(database, dead_letters)] == ["dead"]
        loop.errands.ask([])
    loop.want(Wanted(version=2))
    eventually(lambda: collected(database) == without(feed, bad.link_id))
    assert bad.event_id not in {row["event_id"] for row in rows(database, inbox)}
    loop.errands.ask([retry])
    eventually(lambda: effects(database) == 40)
    assert [row["state"] for row in rows(database, dead_letters)] == ["applied"]


def test_a_fault_does_not_strike_what_was_given_up_before_its_turn(
    feed: Feed, start_loop: StartLoop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = start_loop()
    pause(loop)
    feed.links(40)
    bad = feed.side.outbox.read(first_link(feed).partition, after=1, limit=1)[0]

    def fail(events: Iterable[Event], _stopping: threading.Event) -> None:
        if bad in list(events):
            raise Transient("a fault wants this to fail")

    monkeypatch.setattr(loop._means.faults, "before_handling", fail)
    loop.errands.ask([of_place(bad)])
    said(loop)
    loop.want(Wanted(version=2))

    eventually(lambda: collected(database) == without(feed, bad.link_id))
    assert rows(database, parked) == []


@pytest.mark.parametrize("holds", [True, False], ids=["held", "going on"])
def test_behind_an_event_that_was_given_up_before_its_turn_its_link_obeys_the_policy(
    holds: bool, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, archive: Archive
) -> None:
    collect.holds_behind_dead_letters = holds
    loop = start_loop()
    pause(loop)
    feed.links(40)
    bad = feed.side.outbox.read(first_link(feed).partition, after=1, limit=1)[0]
    later = archive(bad)

    loop.errands.ask([of_place(later)])
    assert said(loop) == "Refused: an earlier event of its link comes first. Decide about that one."
    loop.errands.ask([of_place(bad, number=2)])
    said(loop)
    loop.want(Wanted(version=2))

    if holds:
        eventually(lambda: [row["event_id"] for row in rows(database, parked)] == [later.event_id])
        eventually(lambda: effects(database) == 39)
        assert [row["error_class"] for row in rows(database, parked_keys)] == ["held"]
    else:
        eventually(lambda: effects(database) == 40)
        assert rows(database, parked_keys) == []


def test_what_a_worker_hangs_on_is_given_up_by_the_one_that_takes_its_partition_over(
    feed: Feed, start_loop: StartLoop, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = start_loop(), start_loop()
    eventually(lambda: len(first.owns) == len(second.owns))
    hangs, go_on = threading.Event(), threading.Event()
    bad: list[Event] = []

    def hang(events: Sequence[Event], _stopping: threading.Event) -> None:
        bad.extend(list(events)[:1])
        hangs.set()
        go_on.wait(PATIENCE_S)

    monkeypatch.setattr(first._means.faults, "before_handling", hang)
    feed.links(24)
    try:
        assert hangs.wait(PATIENCE_S)
        (event,) = bad
        wishes = [
            of_place(event),
            Request(2, "collect", "take over", event.partition, None, "worker 1", "ann", ""),
        ]
        second.errands.ask(wishes)

        eventually(lambda: [row["event_id"] for row in rows(database, dead_letters)] == [event.event_id])
    finally:
        go_on.set()
    eventually(lambda: collected(database) == without(feed, event.link_id))


def test_what_was_dealt_with_or_waits_behind_something_is_not_given_up(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    collect: Collect,
    archive: Archive,
) -> None:
    feed.links(8)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    later = archive(bad)
    eventually(lambda: len(rows(database, parked)) == 2)
    other = next(
        event
        for event in feed.side.outbox.read(bad.partition, after=0, limit=100)
        if event.link_id != bad.link_id
    )

    loop.errands.ask([of_place(later), of_place(other, number=2)])

    assert said(loop) == "Refused: it waits behind an earlier event of its link. Decide about that one."
    assert said(loop) == "Nothing was done: it has been dealt with meanwhile."
    outside.link_ids.clear()
    loop.errands.ask([Request(3, "collect", "retry now", bad.partition, None, bad.link_id, "ann", "")])
    eventually(lambda: effects(database) == 9)
    said(loop)
    loop.errands.ask([Request(4, "collect", "dead-letter", bad.partition, None, bad.link_id, "ann", "x")])
    assert said(loop) == "Nothing of this link waits any more."
    assert rows(database, dead_letters) == []
