"""An event that fails lets its own link wait and no other; it is tried again, and the later ones follow it in order."""

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
from tests.support.failing_links import Outside, effects, first_link, rows, slug_of, without
from tests.support.looping import Check, StartLoop, in_flight, take_all
from tests.support.waiting import PATIENCE_S, eventually


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


def test_what_waits_survives_a_restart_of_the_worker(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(6)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    first = start_loop()
    eventually(lambda: [row["attempts"] for row in rows(database, parked_keys)] == [2])
    first.stop()
    first.join(PATIENCE_S)
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
