"""An event that can never succeed is given up after five attempts; what comes later of its link is held, or goes on."""

from collections.abc import Sequence

import pytest

from core.consuming import parking as parking_module
from core.consuming.tables import dead_letters, parked
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.failing_links import Outside, effects, first_link, rows, slug_of, without
from tests.support.looping import FailsFor, StartLoop
from tests.support.waiting import eventually


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

    eventually(lambda: len(rows(database, dead_letters)) == 12)
    feed.links(20)

    eventually(lambda: collected(database) == without(feed, *bad))


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
