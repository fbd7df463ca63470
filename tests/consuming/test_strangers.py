"""Whatever somebody else writes into the streams: it stops nobody, reaches no effect, and is named in the dead letters."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
import redis

from core.broker.streams import Streams
from core.consuming.contract import Answer
from core.consuming.requests import Request
from core.consuming.tables import dead_letters
from core.events.partitioning import stream_key
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import collected
from tests.support.failing_links import first_link, rows
from tests.support.links import PARTITIONS
from tests.support.looping import Check, StartLoop, in_flight
from tests.support.streams_view import entries_in
from tests.support.waiting import PATIENCE_S, eventually


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


STRANGE: dict[str, Mapping[Any, Any]] = {
    "not our fields": {"hello": "world"},
    "no JSON": {"id": "x", "type": "LinkCreated.v1", "data": "{"},
    "deep JSON": {"id": "x", "type": "LinkCreated.v1", "data": deep(100_000)},
    "a megabyte": {"id": "x", "type": "LinkCreated.v1", "data": "x" * 1_000_000},
    "an unknown type": {"id": "x", "type": "LinkEaten.v1", "data": "{}"},
    "an unknown version": {"id": "x", "type": "LinkCreated.v99", "data": "{}"},
    "no text": {b"\xff\xfe": b"\x00\xff"},
    "many fields": {f"field {number}": str(number) for number in range(500)},
}


def write(client: redis.Redis, number: int, entry_id: str, fields: Mapping[Any, Any]) -> None:
    client.xadd(stream_key(number), dict(fields), id=entry_id)


@pytest.mark.parametrize("entry_id", ["next", "far-0", "*", "next-7"])
@pytest.mark.parametrize("fields", STRANGE.values(), ids=STRANGE)
def test_a_strange_entry_costs_its_neighbours_nothing_and_is_named(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    database: Database,
    fields: Mapping[Any, Any],
    entry_id: str,
) -> None:
    start_loop()
    feed.links(8)
    eventually(has_everything)
    last = feed.side.outbox.cursors()[0].given
    place = {"next": f"{last + 1}-0", "far-0": f"{last + 5_000}-0", "next-7": f"{last}-7"}.get(entry_id, "*")

    write(client, 0, place, fields)

    eventually(lambda: len(rows(database, dead_letters)) == 1)
    feed.links(12)
    eventually(has_everything)
    (named,) = rows(database, dead_letters)
    assert (named["error_class"], named["partition"]) == ("foreign", 0)
    assert "Somebody else wrote entry" in str(named["error"])
    assert len(json.loads(bytes(named["data_json"]))) <= 32  # type: ignore[call-overload]
    assert int(str(named["position"])) < 0


def test_a_stolen_event_with_other_content_is_replaced_by_the_true_one(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, database: Database
) -> None:
    feed.links(12)
    stolen = first_link(feed)
    _, fields = entries_in(client, stolen.partition)[stolen.position - 1]
    client.delete(stream_key(stolen.partition))
    for event in feed.side.outbox.read(stolen.partition, after=0, limit=100):
        forged = {**fields, b"data": fields[b"data"].replace(b"example.com", b"evil.example")}
        write(client, stolen.partition, f"{event.position}-0", forged)

    start_loop()

    eventually(has_everything)
    assert rows(database, dead_letters) == []


def test_an_entry_of_ours_in_another_place_is_not_taken_for_one(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, database: Database
) -> None:
    start_loop()
    feed.links(8)
    eventually(has_everything)
    copied = first_link(feed)
    _, fields = entries_in(client, copied.partition)[copied.position - 1]
    last = feed.side.outbox.cursors()[copied.partition].given

    write(client, copied.partition, f"{last + 1}-0", fields)

    eventually(lambda: len(rows(database, dead_letters)) == 1)
    assert sum(map(len, collected(database).values())) == 8
    feed.links(8)
    eventually(has_everything)


def test_a_flood_of_strange_entries_is_named_only_in_part(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    client: redis.Redis,
    database: Database,
    streams: Streams,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("core.consuming.strangers.MAX_NAMED", 5)
    start_loop()
    feed.links(4)
    eventually(has_everything)
    for _ in range(40):
        write(client, 1, "*", {"hello": "world"})

    eventually(lambda: len(rows(database, dead_letters)) == 5)
    eventually(lambda: in_flight(streams) == 0)
    feed.links(8)
    eventually(has_everything)


def test_the_relay_begins_a_stream_anew_when_somebody_has_written_ahead_of_it(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis, streams: Streams
) -> None:
    start_loop()
    feed.links(20)
    eventually(has_everything)
    for number in range(PARTITIONS):
        write(client, number, "*", {"hello": "world"})

    feed.links(20)

    eventually(has_everything)
    given = {cursor.partition: cursor.given for cursor in feed.side.outbox.cursors()}
    eventually(lambda: streams.last_positions() == given)


def test_a_strange_entry_can_be_discarded_and_never_retried(
    feed: Feed, start_loop: StartLoop, client: redis.Redis, database: Database
) -> None:
    loop = start_loop()
    feed.links(4)
    write(client, 0, "*", STRANGE["an unknown version"])
    eventually(lambda: len(rows(database, dead_letters)) == 1)

    loop.errands.ask(
        [
            Request(number, "collect", act, 0, -1, None, "ann", "")
            for number, act in enumerate(("retry", "discard"))
        ]
    )

    assert "Refused" in loop.errands.outcomes.get(timeout=PATIENCE_S)[1].sentence
    assert loop.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer("Discarded."))
    assert [row["state"] for row in rows(database, dead_letters)] == ["discarded"]


def test_something_else_in_the_place_of_a_stream_is_removed(
    feed: Feed, start_loop: StartLoop, has_everything: Check, client: redis.Redis
) -> None:
    loop = start_loop()
    feed.links(12)
    eventually(has_everything)
    client.delete(stream_key(2))
    client.set(stream_key(2), "something else")

    feed.links(12)

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)
