"""A replacement tells of the same fact for one consumer: checked before anything is written, never made twice."""

import json
from typing import Any

import msgspec
import pytest

from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.events.tracing import trace_id
from core.producing import tables
from core.producing.republish import Republisher
from tests.support.links import SHORT_BASE, LinkSide, count, event_of, rows


@pytest.fixture
def republisher(link_side: LinkSide) -> Republisher:
    return Republisher(
        link_side.database, link_side.outbox, short_base=SHORT_BASE, on_commit=link_side.knocks
    )


@pytest.fixture
def original(link_side: LinkSide) -> Event:
    """Give the first of two events of a link, as a consumer got it."""
    created = link_side.producer.create_link("https://example.com/", by="ann", title="First")
    link_side.producer.edit_link(created.slug, by="ann", title="Second")
    return event_of(link_side, created.event_id)


def edited(original: Event, **changes: Any) -> bytes:
    return json.dumps({**json.loads(original.data_json), **changes}).encode()


def test_a_replacement_is_the_same_fact_put_right_for_one_consumer(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    knocks = link_side.knocks.count
    data = republisher.check(original, edited(original, title="Put right"))
    event = event_of(link_side, republisher.publish(original, data, audience="billing").event_id)

    assert (event.origin, event.audience) == (original.event_id, "billing")
    assert event.event_id != original.event_id
    assert msgspec.json.decode(event.data_json)["title"] == "Put right"
    for name in ("type", "link_id", "partition", "time", "sequence"):
        assert getattr(event, name) == getattr(original, name)
    assert trace_id(event.traceparent) == trace_id(original.traceparent)
    assert event.traceparent != original.traceparent
    assert event.position == 3
    assert link_side.knocks.count == knocks + 1
    assert event_of(link_side, original.event_id) == original


def test_later_changes_of_the_link_go_on_counting_where_they_were(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    data = republisher.check(original, edited(original, title="Put right"))
    republisher.publish(original, data, audience="billing")
    link_side.producer.archive_link(original.link_id, by="ann")

    (link,) = rows(link_side, tables.links)
    assert (link["sequence"], link["title"]) == (3, "Second")
    own = [row["sequence"] for row in rows(link_side, tables.outbox) if row["origin"] is None]
    assert own == [1, 2, 3]


def test_a_link_begins_once_however_often_its_creation_is_put_right(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    republisher.publish(original, republisher.check(original, original.data_json), audience="billing")

    assert [event.event_id for event, _ in link_side.outbox.newest_links(5)] == [original.event_id]
    first = link_side.outbox.first_of_link(original.link_id)
    assert first is not None
    assert first.event_id == original.event_id


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"{", "data_json"),
        (b"\xff", "data_json"),
        (b"[" * 100_000, "data_json"),
        (b"[]", "schema_violation"),
        (b"{}", "schema_violation"),
        (b" " * 70_000 + b"{}", "schema_violation"),
    ],
)
def test_data_that_is_none_is_refused(
    republisher: Republisher, original: Event, text: bytes, code: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        republisher.check(original, text)

    assert (caught.value.field, caught.value.code) == ("data", code)


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"title": 5}, "schema_violation", "title"),
        ({"extra": 1}, "schema_violation", "extra"),
        ({"link_id": "another"}, "link_changed", "another"),
        ({"target_url": "javascript:alert(1)"}, "url_scheme", "target_url"),
        ({"target_url": f"{SHORT_BASE}/x"}, "url_loop", "target_url"),
    ],
)
def test_an_edit_keeps_the_rules_that_the_event_was_made_by(
    republisher: Republisher, original: Event, changes: dict[str, Any], code: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as caught:
        republisher.check(original, edited(original, **changes))

    assert caught.value.code == code


def test_an_unknown_type_can_not_be_edited(republisher: Republisher, original: Event) -> None:
    foreign = msgspec.structs.replace(original, type="LinkStolen.v7")

    with pytest.raises(InvalidInput, match=r"no schema for events of type 'LinkStolen.v7'"):
        republisher.check(foreign, original.data_json)


def test_an_event_is_replaced_once_for_each_consumer(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    data = republisher.check(original, original.data_json)
    first = republisher.publish(original, data, audience="billing")
    other = republisher.publish(original, data, audience="qr")

    with pytest.raises(InvalidInput, match=first.event_id):
        republisher.publish(original, data, audience="billing")

    assert count(link_side, tables.outbox) == 4
    assert republisher.replacements([original.link_id]) == {
        (original.event_id, "billing"): first.event_id,
        (original.event_id, "qr"): other.event_id,
    }


def test_nothing_is_published_for_a_link_that_does_not_exist(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    foreign = msgspec.structs.replace(original, link_id="nowhere")
    data = republisher.check(original, original.data_json)

    with pytest.raises(NotFound):
        republisher.publish(foreign, data, audience="billing")

    assert count(link_side, tables.outbox) == 2


def test_consumers_that_are_told_once_more_get_an_event_each_and_only_as_somebody_has_seen_it(
    republisher: Republisher, original: Event, link_side: LinkSide
) -> None:
    made = republisher.publish_again(original, {"webhook": (), "billing": ()})
    events = [event_of(link_side, event.event_id) for event in made]

    assert [(event.origin, event.audience) for event in events] == [
        (original.event_id, "webhook"),
        (original.event_id, "billing"),
    ]
    assert {event.data_json for event in events} == {original.data_json}
    with pytest.raises(InvalidInput, match="webhook was told of it once more meanwhile"):
        republisher.publish_again(original, {"dashboard": (), "webhook": ()})
    assert len(rows(link_side, tables.outbox)) == 4
    (again,) = republisher.publish_again(original, {"webhook": (made[0].event_id,)})
    assert again.audience == "webhook"
