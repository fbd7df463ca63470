"""Failed attempts stay on record, each with its time, when the event has been applied or given up at last."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import event as hooks
from sqlalchemy import insert

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.attempts import FIRST, NEWEST, forget_attempts
from core.consuming.inbox import Inbox
from core.consuming.requests import Request
from core.consuming.tables import dead_letters, failed_attempts, inbox, parked, parked_keys
from core.errors import StoreUnavailable
from core.events.envelope import Event
from core.producing.relay import Relay
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.failing_links import Outside, effects, first_link, rows
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import FailsFor, StartLoop, make_loop
from tests.support.programs import next_line, program
from tests.support.waiting import eventually


def numbers(database: Database) -> list[object]:
    return [row["number"] for row in rows(database, failed_attempts)]


def request(act: str, event: Event, *, number: int = 1, link_id: str | None = None) -> Request:
    partition, position = (None, None) if link_id else (event.partition, event.position)
    return Request(number, "collect", act, partition, position, link_id, "ann", "because")


@pytest.mark.usefixtures("fast")
def test_what_was_applied_at_last_keeps_each_attempt_with_time_error_and_worker(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(5)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    start_loop()
    eventually(lambda: len(numbers(database)) >= 3)

    outside.link_ids.clear()

    eventually(lambda: effects(database) == 5)
    assert rows(database, parked_keys) == []
    kept = rows(database, failed_attempts)
    assert [row["number"] for row in kept] == list(range(1, len(kept) + 1))
    assert {(row["partition"], row["position"]) for row in kept} == {(bad.partition, bad.position)}
    assert {row["error"] for row in kept} == {"Transient: it is away for a while"}
    assert {row["error_class"] for row in kept} == {"transient"}
    assert {(row["worker"], row["gave_up"]) for row in kept} == {("worker 0", 0)}
    (applied_at,) = [row["applied_at"] for row in rows(database, inbox) if row["event_id"] == bad.event_id]
    times = [*(row["failed_at"] for row in kept), applied_at]
    assert all(earlier < later for earlier, later in pairwise(times))  # type: ignore[operator]


def test_while_nothing_fails_no_statement_knows_of_attempts(
    feed: Feed, start_loop: StartLoop, database: Database
) -> None:
    said: list[str] = []
    hooks.listen(
        database._engine, "before_cursor_execute", lambda _db, _cursor, text, *_rest: said.append(text)
    )
    feed.links(30)

    start_loop()

    eventually(lambda: effects(database) == 30)
    assert any("inbox" in text for text in said)
    assert not [text for text in said if failed_attempts.name in text]


@pytest.mark.usefixtures("fast")
def test_of_what_fails_for_ever_the_first_and_the_newest_attempts_are_kept(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(2)
    collect.after = outside = Outside(first_link(feed).link_id)
    start_loop()

    eventually(lambda: outside.calls > FIRST + 2 * NEWEST, within=10)

    kept = numbers(database)
    assert kept[:FIRST] == list(range(1, FIRST + 1))
    assert len(kept) == FIRST + NEWEST
    assert kept[-1] == kept[FIRST] + NEWEST - 1  # type: ignore[operator]


@pytest.mark.usefixtures("fast")
def test_attempts_before_and_after_a_dead_letter_was_tried_again_are_counted_on(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(3)
    bad = first_link(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()
    eventually(lambda: [row["state"] for row in rows(database, dead_letters)] == ["dead"])
    loop.errands.ask([request("retry", bad)])
    eventually(lambda: len(numbers(database)) == 10)
    eventually(lambda: [row["state"] for row in rows(database, dead_letters)] == ["dead"])

    fails.link_ids.clear()
    loop.errands.ask([request("retry", bad, number=2)])

    eventually(lambda: effects(database) == 3)
    assert numbers(database) == list(range(1, 11))
    assert [row["number"] for row in rows(database, failed_attempts) if row["gave_up"]] == [5, 10]


def test_what_an_operator_gives_up_has_not_failed_by_that(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(3)
    bad = first_link(feed)
    collect.after = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)

    loop.errands.ask([request("dead-letter", bad, link_id=bad.link_id)])

    eventually(lambda: [row["error_class"] for row in rows(database, dead_letters)] == ["operator"])
    assert {(row["error_class"], row["gave_up"]) for row in rows(database, failed_attempts)} == {
        ("transient", 0)
    }


def test_an_attempt_that_killed_the_process_is_noted_by_whoever_makes_the_next_one(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    broker: EmbeddedBroker,
    collect: Collect,
    tmp_path: Path,
) -> None:
    feed.links(3)
    bad = first_link(feed)
    collect.after = FailsFor(bad.link_id)
    first = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    first.stop()
    first.join(5)
    failed = len(numbers(database))
    with program("tests.support.consume_program", tmp_path, broker.url, bad.link_id) as worker:
        assert next_line(worker) == "ready"
        worker.wait(20)
    assert len(numbers(database)) == failed

    collect.after = lambda _events: None
    start_loop()

    eventually(lambda: effects(database) == 3)
    *before, last = rows(database, failed_attempts)
    assert [row["error_class"] for row in before] == ["poison"] * failed
    assert (last["number"], last["error_class"], last["worker"]) == (failed + 1, "crash", "")
    assert "did not come to an end" in str(last["error"])


def test_an_attempt_is_noted_together_with_what_comes_of_it_or_not_at_all(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    # The disk is full when the second attempt is to be noted.
    full = True

    def refuse(_db: object, _cursor: object, text: str, *_rest: object) -> None:
        if full and text.startswith("INSERT INTO parked_keys") and numbers(database):
            raise StoreUnavailable("the disk is full")

    hooks.listen(database._engine, "before_cursor_execute", refuse)
    feed.links(2)
    collect.after = outside = Outside(first_link(feed).link_id)
    loop = start_loop()
    eventually(lambda: "disk is full" in (loop.status.error or ""))

    assert numbers(database) == [1]
    assert [row["attempts"] for row in rows(database, parked_keys)] == [1]

    full = False
    outside.link_ids.clear()
    eventually(lambda: effects(database) == 2)


def test_attempts_go_with_the_receipts_around_but_not_while_the_event_waits(database: Database) -> None:
    with database.transaction() as db:
        attempt = {"number": 1, "failed_at": 1.0, "error_class": "transient", "error": "x", "worker": "w"}
        places = [(0, 1), (0, 2), (0, 3), (1, 1)]
        db.execute(
            insert(failed_attempts),
            [{"partition": number, "position": position, **attempt} for number, position in places],
        )
        event = dict.fromkeys(("event_id", "type", "link_id", "time", "traceparent"), "x")
        db.execute(insert(parked).values(partition=0, position=2, data_json=b"", parked_at=1.0, **event))

        forget_attempts(db, 0, upto=2)

    left = [(row["partition"], row["position"]) for row in rows(database, failed_attempts)]
    assert left == [(0, 2), (0, 3), (1, 1)]


@pytest.mark.usefixtures("fast")
def test_a_rebuild_forgets_what_failed_before_it(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(4)
    bad = first_link(feed)
    collect.after = outside = Outside(bad.link_id)
    loop = start_loop()
    eventually(lambda: len(numbers(database)) >= 1)
    outside.link_ids.clear()
    eventually(lambda: effects(database) == 4)

    loop.errands.ask([Request(1, "collect", "rebuild", None, None, None, "ann", "because")])
    loop.errands.outcomes.get(timeout=5)

    eventually(lambda: effects(database) == 4)
    assert numbers(database) == []


def test_on_postgresql_attempts_are_kept_alike(
    fast: None,
    pg_side: LinkSide,
    open_pg: Callable[[str], Database],
    broker: EmbeddedBroker,
    streams: Streams,
    collect: Collect,
) -> None:
    pg_side.producer.create_link("https://example.com/", by="ann")
    while Relay(pg_side.outbox, streams).publish():
        pass
    away = True

    def fail(events: Sequence[Event]) -> None:
        if away and events:
            raise ConnectionError("it is away")

    collect.after = fail
    database = open_pg("collect")
    Inbox(collect, database, "worker").prepare(range(PARTITIONS), pg_side.outbox)
    own = Streams(connect(broker.url), PARTITIONS)
    loop = make_loop(collect, database, own, pg_side.outbox)
    loop.start()
    try:
        eventually(lambda: len(numbers(database)) == FIRST + NEWEST, within=10)
        away = False
        eventually(lambda: len(collected(database)) == 1, within=10)
    finally:
        loop.stop()
        loop.join(5)
        own.close()
    assert sorted(numbers(database), key=str)[0] == 1
    assert {row["error"] for row in rows(database, failed_attempts)} == {"ConnectionError: it is away"}
