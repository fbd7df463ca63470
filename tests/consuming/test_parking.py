"""An event that fails lets its own link wait and no other; it is tried again, and given up when that can't help."""

from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import select

from core.broker.streams import Streams
from core.consuming import parking as parking_module
from core.consuming.tables import dead_letters, inbox, parked, parked_keys
from core.errors import Transient
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.looping import Check, FailsFor, StartLoop, in_flight, take_all
from tests.support.waiting import eventually


class Outside:
    """What the consumer needs and does not always have: while it is away, some links fail."""

    def __init__(self, *link_ids: str) -> None:
        self.link_ids = set(link_ids)
        self.calls = 0

    def __call__(self, events: Sequence[Event]) -> None:
        if any(event.link_id in self.link_ids for event in events):
            self.calls += 1
            raise Transient("it is away for a while")


def first_link(feed: Feed) -> Event:
    """Give the creation of some link that has neighbours."""
    number, _ = max(feed.expected().items(), key=lambda item: len(item[1]))
    return feed.side.outbox.read(number, after=0, limit=1)[0]


def slug_of(feed: Feed, event: Event) -> str:
    return feed.side.list.one(event.link_id).slug


def without(feed: Feed, *link_ids: str) -> dict[int, list[tuple[int, str]]]:
    """Give what is expected of all other links."""
    found = {}
    for number in feed.expected():
        events = feed.side.outbox.read(number, after=0, limit=100_000)
        found[number] = [
            (event.position, event.event_id)
            for event in events
            if event.type != "LinkClicked.v1" and event.link_id not in link_ids
        ]
    return {number: events for number, events in found.items() if events}


def rows(database: Database, table: object) -> list[dict[str, object]]:
    with database.reading() as db:
        return [dict(row._mapping) for row in db.execute(select(table))]  # type: ignore[call-overload]


def effects(database: Database) -> int:
    """Count them."""
    return sum(map(len, collected(database).values()))


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry without long waits."""
    monkeypatch.setattr(parking_module, "retry_delay", lambda _failures: 0.01)


def test_only_the_failing_link_waits_and_all_others_flow(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, streams: Streams
) -> None:
    feed.links(20)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()

    eventually(lambda: collected(database) == without(feed, bad.link_id))
    eventually(lambda: in_flight(streams) == 0)
    assert f"link {bad.link_id}" in (loop.status.error or "")
    assert "it is away for a while" in (loop.status.error or "")
    feed.links(20)
    eventually(lambda: collected(database) == without(feed, bad.link_id))
    before = outside.calls
    eventually(lambda: outside.calls > before)  # And it is tried again and again.


def test_later_events_of_the_link_wait_behind_it_and_follow_in_order(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, has_everything: Check
) -> None:
    feed.links(8)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    feed.side.producer.archive_link(slug_of(feed, bad), by="ann")
    feed.publish()
    eventually(lambda: len(rows(database, parked)) == 2)

    outside.link_ids.clear()

    eventually(lambda: effects(database) == 9)
    assert rows(database, parked) == []
    assert rows(database, parked_keys) == []
    table = inbox.c
    with database.reading() as db:
        order = [
            row.event_id
            for row in db.execute(
                select(inbox)
                .where(table.partition == bad.partition)
                .order_by(table.commit_number, table.position)
            )
            if row.event_id in {event_id for _, event_id in feed.expected()[bad.partition]}
        ]
    archived = feed.side.outbox.read(bad.partition, after=0, limit=1000)[-1]
    assert order.index(bad.event_id) < order.index(archived.event_id)


def test_a_passing_failure_is_never_given_up(
    fast: None, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, has_everything: Check
) -> None:
    feed.links(3)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()

    eventually(lambda: outside.calls > 12)

    assert rows(database, dead_letters) == []
    outside.link_ids.clear()
    eventually(lambda: loop.status.error is None)
    assert effects(database) == 3


def test_what_can_not_succeed_is_a_dead_letter_after_five_attempts(
    fast: None, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(6)
    bad = first_link(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()

    eventually(lambda: len(rows(database, dead_letters)) == 1)

    (dead,) = rows(database, dead_letters)
    assert (dead["event_id"], dead["partition"], dead["position"]) == (
        bad.event_id,
        bad.partition,
        bad.position,
    )
    assert (dead["error_class"], dead["attempts"], dead["state"]) == ("poison", 5, "dead")
    assert dead["error"] == "ValueError: it does not like this link"
    assert "it does not like this link" in str(dead["traceback"])
    assert dead["data_json"] == bad.data_json
    assert rows(database, parked) == []
    assert collected(database) == without(feed, bad.link_id)
    eventually(lambda: loop.status.error is None)
    calls = fails.calls
    feed.links(3)
    eventually(lambda: collected(database) == without(feed, bad.link_id))
    assert fails.calls == calls


@pytest.mark.parametrize("holds", [True, False], ids=["held", "going on"])
def test_later_events_are_held_behind_a_dead_letter_or_go_on(
    fast: None, feed: Feed, start_loop: StartLoop, database: Database, collect: Collect, holds: bool
) -> None:
    collect.holds_behind_dead_letters = holds
    feed.links(6)
    bad = first_link(feed)
    collect.after = fails = FailsFor(bad.link_id)
    start_loop()
    eventually(lambda: len(rows(database, dead_letters)) == 1)

    fails.link_ids.clear()
    feed.side.producer.archive_link(slug_of(feed, bad), by="ann")
    feed.links(3)

    done = feed.expected()
    done[bad.partition].remove((bad.position, bad.event_id))
    if holds:
        archived = [
            event
            for event in feed.side.outbox.read(bad.partition, after=0, limit=100)
            if event.link_id == bad.link_id
        ][-1]
        done[bad.partition].remove((archived.position, archived.event_id))
    eventually(lambda: collected(database) == {number: events for number, events in done.items() if events})
    eventually(lambda: len(rows(database, parked)) == (1 if holds else 0))


def test_what_waits_survives_a_restart_of_the_worker(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(6)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    first = start_loop()
    eventually(lambda: [row["attempts"] for row in rows(database, parked_keys)] == [2])
    first.stop()
    first.join(5)
    outside.link_ids.clear()

    start_loop()

    eventually(lambda: effects(database) == 6)
    assert rows(database, parked_keys) == []


def test_failures_of_many_links_are_each_waited_out(
    fast: None, feed: Feed, start_loop: StartLoop, collect: Collect, database: Database
) -> None:
    feed.links(40)
    bad = [
        event.link_id
        for number in feed.expected()
        for event in feed.side.outbox.read(number, after=0, limit=3)
    ]
    collect.after = outside = Outside(*bad)
    loop = start_loop()
    eventually(lambda: collected(database) == without(feed, *bad))
    eventually(lambda: f"({len(bad) - 1} other links wait as well)" in (loop.status.error or ""))

    outside.link_ids.clear()

    eventually(lambda: effects(database) == 40)
    eventually(lambda: loop.status.error is None)


def test_when_too_much_waits_nothing_new_is_read(
    feed: Feed, start_loop: StartLoop, collect: Collect, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking_module, "MAX_KEYS", 5)
    collect.batch_size = 4
    away = True

    def fail(_events: Sequence[Event]) -> None:
        if away:
            raise Transient("everything is away")

    collect.after = fail
    feed.links(60)
    loop = start_loop()
    eventually(lambda: "nothing new is read" in (loop.status.error or ""))
    assert len(rows(database, parked_keys)) < 5 + 8

    away = False

    eventually(lambda: effects(database) == 60)


@pytest.mark.usefixtures("fast")
def test_links_that_wait_for_an_operator_keep_nothing_new_from_being_read(
    feed: Feed, start_loop: StartLoop, collect: Collect, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parking_module, "MAX_KEYS", 5)
    collect.holds_behind_dead_letters = True
    feed.links(12)
    bad = [
        event.link_id
        for number in feed.expected()
        for event in feed.side.outbox.read(number, after=0, limit=100)
    ]
    collect.after = FailsFor(*bad)
    start_loop()

    eventually(lambda: len(rows(database, dead_letters)) == 12, within=10)
    feed.links(20)

    eventually(lambda: collected(database) == without(feed, *bad))


def test_a_failing_event_is_waited_for_longer_and_longer(
    feed: Feed, start_loop: StartLoop, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def note(failures: int) -> float:
        asked.append(failures)
        return 0.01

    monkeypatch.setattr(parking_module, "retry_delay", note)
    feed.links(1)
    collect.after = Outside(first_link(feed).link_id)

    start_loop()

    eventually(lambda: len(asked) >= 4)
    assert asked[:4] == [1, 2, 3, 4]


def test_one_bad_event_among_many_costs_few_transactions(
    feed: Feed, start_loop: StartLoop, collect: Collect, database: Database
) -> None:
    collect.batch_size = 400
    feed.links(300)
    bad = first_link(feed)
    sizes: list[int] = []
    outside = Outside(bad.link_id)

    def look(events: Sequence[Event]) -> None:
        sizes.append(len(events))
        outside(events)

    collect.after = look
    start_loop()

    eventually(lambda: effects(database) == 299)
    assert len([size for size in sizes if size > 1]) < 30


def test_whoever_takes_over_knows_what_waits(
    feed: Feed,
    start_loop: StartLoop,
    collect: Collect,
    database: Database,
    has_everything: Callable[[], bool],
) -> None:
    feed.links(6)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)

    take_all(database, "somebody else")  # Who is gone again: nobody of that name is alive.
    feed.side.producer.archive_link(slug_of(feed, bad), by="ann")
    feed.publish()

    eventually(lambda: len(rows(database, parked)) == 2)
    outside.link_ids.clear()
    eventually(lambda: effects(database) == 7)
