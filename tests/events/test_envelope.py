"""The envelope is the contract with every reader: what is written comes back the same, nothing else passes."""

import pytest

from core.errors import MalformedEvent
from core.events.envelope import Event, event_from_fields
from core.events.types import LinkArchived, LinkClicked

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def archived(
    sequence: int | None = 7, data_json: bytes = b'{"link_id":"l1","team_id":"t1","slug":"abc"}'
) -> Event:
    return Event(
        event_id="0199b2c0-0000-7000-8000-000000000001",
        type="LinkArchived.v1",
        link_id="l1",
        time="2026-11-23T11:50:00.123456Z",
        sequence=sequence,
        traceparent=TRACEPARENT,
        data_json=data_json,
        partition=3,
        position=42,
    )


@pytest.mark.parametrize("sequence", [1, None], ids=["with a sequence", "without"])
def test_an_event_comes_back_from_its_fields_unchanged(sequence: int | None) -> None:
    event = archived(sequence)

    assert event_from_fields(event.to_fields(), event.partition, event.position) == event


def test_the_fields_are_the_attributes_of_cloudevents() -> None:
    fields = archived(7).to_fields()

    assert fields == {
        b"specversion": b"1.0",
        b"id": b"0199b2c0-0000-7000-8000-000000000001",
        b"source": b"/signalbox/links",
        b"type": b"LinkArchived.v1",
        b"subject": b"l1",
        b"partitionkey": b"l1",
        b"time": b"2026-11-23T11:50:00.123456Z",
        b"datacontenttype": b"application/json",
        b"dataschema": b"urn:signalbox:schema:LinkArchived.v1",
        # Padded, so that it also sorts as text (CloudEvents sequence extension).
        b"sequence": b"0000000007",
        b"traceparent": TRACEPARENT.encode(),
        b"data": b'{"link_id":"l1","team_id":"t1","slug":"abc"}',
    }


def test_a_click_has_no_sequence_field() -> None:
    assert b"sequence" not in archived(None).to_fields()


@pytest.mark.parametrize("missing", [b"id", b"type", b"partitionkey", b"time", b"traceparent", b"data"])
def test_fields_that_lack_an_attribute_are_no_event(missing: bytes) -> None:
    fields = archived().to_fields()
    del fields[missing]

    with pytest.raises(MalformedEvent, match="Entry 42 of partition 3"):
        event_from_fields(fields, 3, 42)


@pytest.mark.parametrize(
    ("name", "value"), [(b"id", b"\xff\xfe"), (b"sequence", b"seven"), (b"partitionkey", b"\x80")]
)
def test_unreadable_attributes_are_no_event(name: bytes, value: bytes) -> None:
    fields = {**archived().to_fields(), name: value}

    with pytest.raises(MalformedEvent):
        event_from_fields(fields, 3, 42)


def test_attributes_of_others_are_ignored() -> None:
    fields = {**archived().to_fields(), b"tracestate": b"vendor=1"}

    assert event_from_fields(fields, 3, 42) == archived()


def test_data_is_decoded_into_the_struct_of_its_type() -> None:
    assert archived().data == LinkArchived(link_id="l1", team_id="t1", slug="abc")


def test_readers_ignore_fields_of_the_data_that_they_do_not_know() -> None:
    event = archived(
        data_json=b'{"link_id":"l1","team_id":"t1","slug":"abc","reason":"new in a later minor change"}'
    )

    assert event.data == LinkArchived(link_id="l1", team_id="t1", slug="abc")


def test_optional_fields_of_the_data_may_be_missing() -> None:
    fields = {**archived().to_fields(), b"type": b"LinkClicked.v1"}

    data = event_from_fields(fields, 0, 1).data

    assert data == LinkClicked(link_id="l1", team_id="t1", slug="abc", referrer="", agent="", bot=False)


@pytest.mark.parametrize(
    "data_json",
    [
        b"",
        b"{",
        b"[]",
        b'{"link_id":"l1"}',
        b'{"link_id":1,"team_id":"t","slug":"abc"}',
        b'{"link_id":"\xff"}',
    ],
)
def test_data_that_does_not_fit_its_type_is_refused_with_the_id(data_json: bytes) -> None:
    with pytest.raises(MalformedEvent, match="0199b2c0-0000-7000-8000-000000000001"):
        _ = archived(data_json=data_json).data


def test_data_of_an_unknown_type_is_refused_with_the_type() -> None:
    fields = {**archived().to_fields(), b"type": b"LinkArchived.v9"}

    with pytest.raises(MalformedEvent, match=r"LinkArchived\.v9"):
        _ = event_from_fields(fields, 0, 1).data


def test_the_time_of_the_commit_is_read_in_utc() -> None:
    assert archived().committed_at == pytest.approx(1795434600.123456)
