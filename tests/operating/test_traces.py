"""Whatever a person has in hand leads to the same time line: a link, a slug, an event, a trace."""

import re
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert

from consumers import NAMES, build_consumers, qr_tables, webhook_tables
from core.broker.server import EmbeddedBroker
from core.consuming.controls import Controls
from core.consuming.standstill import Standstill
from core.consuming.tables import failed_attempts
from core.errors import NotFound
from core.events.tracing import trace_id
from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.operating.program import Program
from core.operating.reading_room import ReadingRoom
from core.operating.traces.trace import StepKind, Trace
from core.operating.traces.traces import Traces
from core.producing.producer import Producer
from core.producing.republish import Republisher
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import Store
from tests.support.links import SHORT_BASE, give_positions
from tests.support.operated import Place, operated
from tests.support.programs import MAIN


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def traces(place: Place) -> Traces:
    return place.desk.reading_room.traces


def kinds(trace: Trace, lane: str) -> list[StepKind]:
    return [step.kind for step in trace.steps if step.lane == lane]


def test_a_link_an_event_and_a_trace_lead_to_the_same_events(place: Place, traces: Traces) -> None:
    event = place.created("one")
    place.created("two")

    for name, subject in (
        ("ONE", "link"),
        (event.link_id, "link"),
        (f" {event.event_id} ", "event"),
        (trace_id(event.traceparent), "trace"),
    ):
        found = traces.follow(name)
        assert found.subject == subject
        assert [one.row.event for one in found.events] == [event], name
        assert found.link_ids == (event.link_id,)
        assert found.trace_ids == (trace_id(event.traceparent),)
        assert found.lanes == ("producer", "relay", *NAMES)


def test_what_has_no_name_here_is_not_found(place: Place, traces: Traces) -> None:
    place.created("one")

    for name in ("no-such-link", "0" * 32, ""):
        with pytest.raises(NotFound, match="No link, event or trace"):
            traces.follow(name)


def test_a_link_has_all_that_happened_to_it_and_an_event_only_its_own_trace(
    place: Place, traces: Traces
) -> None:
    event = place.created("one")
    place.desk.edit_link("one", title="Other")
    place.desk.archive_link("one")

    of_link, of_event = traces.follow("one"), traces.follow(event.event_id)

    types = [one.row.event.type for one in of_link.events]
    assert types == ["LinkCreated.v1", "LinkUpdated.v1", "LinkArchived.v1"]
    assert len(of_link.trace_ids) == 3
    assert len(of_event.events) == 1


def test_what_an_operator_published_again_belongs_to_the_same_trace(place: Place, traces: Traces) -> None:
    event = place.created("one")
    installation = place.desk._installation
    republisher = Republisher(
        installation.links, installation.outbox, short_base=SHORT_BASE, on_commit=lambda: None
    )
    again = republisher.publish(event, event.data, audience="billing")

    for name in (event.event_id, again.event_id):
        found = traces.follow(name)
        assert [one.row.event.event_id for one in found.events] == [event.event_id, again.event_id]
        assert found.events[1].row.event.origin == event.event_id


def test_a_link_with_many_events_shows_the_first_and_the_newest(place: Place, traces: Traces) -> None:
    event = place.created("one")
    for _ in range(5):
        place.desk.click("one")

    found = traces.follow("one", most=2)
    whole = traces.follow("one", most=6)

    assert [one.row.event.type for one in found.events] == ["LinkCreated.v1", *["LinkClicked.v1"] * 2]
    assert found.events[0].row.event.event_id == event.event_id
    assert (found.left_out, whole.left_out) == (3, 0)
    assert len(whole.events) == 6


def test_each_consumer_has_its_lane(place: Place, traces: Traces) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    place.stores["qr"].applied(event)
    place.stores["billing"].park(event)
    place.stores["billing"].reached(event.partition, event.position)
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    found = traces.follow("one")

    assert kinds(found, "producer") == [StepKind.COMMITTED]
    assert kinds(found, "relay")[-1] is StepKind.PUBLISHED
    assert kinds(found, "qr") == [StepKind.APPLIED]
    assert StepKind.PARKED in kinds(found, "billing")
    assert kinds(found, "analytics") == [StepKind.WAIT]
    assert kinds(found, "dashboard") == [StepKind.UNKNOWN]
    assert found.ended_at is None
    assert found.steps[-1].at is None


def test_past_attempts_are_read_from_the_consumers_tables_and_none_where_an_older_worker_made_them(
    place: Place, traces: Traces
) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    attempt = {"failed_at": 0.5, "error_class": "poison", "error": "ValueError: no plan", "worker": "w"}
    for name in ("qr", "billing"):
        place.stores[name].applied(event)
        with place.stores[name].database.transaction() as db:
            at = {"partition": event.partition, "position": event.position, "number": 1}
            db.execute(insert(failed_attempts).values(**at, **attempt))
    with place.stores["billing"].database.transaction() as db:
        failed_attempts.drop(db)

    found = traces.follow("one")

    assert kinds(found, "qr")[-3:] == [StepKind.FAILED, StepKind.WAIT, StepKind.APPLIED]
    (failed,) = [step for step in found.steps if step.attempt is not None]
    assert (failed.lane, failed.at, failed.by, failed.text) == ("qr", 0.5, "w", "poison: ValueError: no plan")
    assert kinds(found, "billing")[-1] is StepKind.APPLIED


def test_webhooks_and_qr_codes_are_told_by_their_consumers_tables(place: Place, traces: Traces) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    now = time.time()
    place.stores["webhook"].applied(event)
    place.stores["qr"].applied(event)
    with place.stores["webhook"].database.transaction() as db:
        webhook_tables.metadata.create_all(db)
        row = {
            "delivery_id": 1,
            "event_id": event.event_id,
            "endpoint_id": "e",
            "url": "http://hook.test/",
            "link_id": event.link_id,
            "traceparent": event.traceparent,
            "body": b"{}",
            "state": "waiting",
            "attempts": 1,
            "next_attempt_at": now + 60,
            "claimed_until": 0.0,
            "created_at": now + 1,
        }
        db.execute(insert(webhook_tables.deliveries).values(row))
        attempt = {"delivery_id": 1, "number": 1, "started_at": now + 2, "duration_ms": 500.0}
        made = {**attempt, "status": 500, "error": "HTTP 500", "response": ""}
        db.execute(insert(webhook_tables.attempts).values(made))
    with place.stores["qr"].database.transaction() as db:
        qr_tables.metadata.create_all(db)
        code = {"link_id": event.link_id, "short_url": "s", "object_name": "o", "size_bytes": 1, "sha256": ""}
        db.execute(insert(qr_tables.codes).values({**code, "drawn_at": now, "durable": True}))

    found = traces.follow("one")

    calls = [step for step in found.steps if step.lane == "webhook"]
    assert [step.kind for step in calls] == [
        StepKind.APPLIED,
        StepKind.WAIT,
        StepKind.REFUSED,
        StepKind.WAIT,
    ]
    assert calls[2].text == "attempt 1 at http://hook.test/: HTTP 500"
    assert calls[2].until == now + 2.5
    assert calls[3].is_open
    assert kinds(found, "qr") == [StepKind.APPLIED, StepKind.DRAWN]


def test_the_broker_tells_of_what_was_delivered_and_not_acknowledged(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    installation = Installation(Settings(data_dir=tmp_path, broker=broker.url, partitions=1))
    Controls(installation.control).register(("qr", "billing"))
    producer = Producer(
        installation.links,
        installation.outbox,
        installation.teams,
        short_base=SHORT_BASE,
        on_commit=lambda: None,
    )
    producer.create_link("https://example.com/", by="ann", slug="one")
    give_positions(installation.outbox, {0: 1})
    streams = installation.open_streams()
    streams.append({0: installation.outbox.read(0, after=0, limit=1)})
    for group in ("qr", "billing"):
        streams.create_groups(group)
    streams.read_new("qr", [0], count=1, block_ms=1)
    streams.close()

    room = ReadingRoom(installation)
    found = room.traces.follow("one")
    room.close()

    assert kinds(found, "qr") == [StepKind.WAIT, StepKind.DELIVERED]
    assert kinds(found, "billing") == [StepKind.WAIT]
    installation.close()


def test_events_and_traces_are_read_from_postgresql(
    postgresql_url: str, short_dir: Path, open_pg: Callable[[str], Database]
) -> None:
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    desk = Desk.attach(Settings.load(data_dir=short_dir, database=postgresql_url), program=program)
    desk.create_link("https://example.com/", slug="one")
    give_positions(desk._installation.outbox)
    (one,) = desk.reading_room.traces.follow("one").events
    Store(open_pg("qr")).applied(one.row.event)

    detail = desk.reading_room.events.detail(one.row.event.event_id)
    found = desk.reading_room.traces.follow(detail.trace_id)

    assert [handling.effect for handling in detail.handlings][:2] == [Effect.WAITING, Effect.APPLIED]
    assert [event.row for event in found.events] == [one.row]
    desk.close()


def test_what_waits_in_a_paused_consumer_says_who_paused_it_and_until_when(
    place: Place, traces: Traces
) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    place.desk.pause("billing", by="ann")
    place.desk.pause("qr", by="ben", seconds=600)
    place.desk.pause("webhook", by="ben")
    place.desk.resume("webhook", by="ben")

    waits = {step.lane: step.text for step in traces.follow("one").steps if step.kind is StepKind.WAIT}

    assert waits["billing"] == "while paused by ann, until it is resumed"
    assert re.fullmatch(r"while paused by ben, until \d\d:\d\d:\d\d", waits["qr"])
    assert waits["webhook"] == waits["analytics"] == "for a worker"
    Standstill(place.control, "disk").ask("The disk is full.", seconds=60)
    (text,) = {step.text for step in traces.follow("one").steps if step.lane == "qr"}
    assert text == "while all consumers stand still: The disk is full."
