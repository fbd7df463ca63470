"""Schemas are promises to readers: registered file, struct and what the producer writes must say the same."""

import json
from importlib.resources import files
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SchemaViolation
from core.events.schemas import MAX_EVENT_BYTES, check_data
from core.events.types import (
    EVENT_TYPES,
    EventData,
    LinkArchived,
    LinkClicked,
    LinkCreated,
    LinkRestored,
    LinkUpdated,
)
from core.producing.event_data import encode

EXAMPLES: dict[str, EventData] = {
    "LinkCreated.v1": LinkCreated(
        link_id="l1",
        team_id="t1",
        slug="abc",
        short_url="http://short.test/abc",
        target_url="https://example.com/",
        title="",
        tags=("news", "übung"),
        created_by="ann",
    ),
    "LinkUpdated.v1": LinkUpdated(
        link_id="l1",
        team_id="t1",
        slug="abc",
        target_url="https://example.com/",
        title="Title",
        tags=(),
        changed=("target_url", "title", "tags"),
    ),
    "LinkArchived.v1": LinkArchived(link_id="l1", team_id="t1", slug="abc"),
    "LinkRestored.v1": LinkRestored(link_id="l1", team_id="t1", slug="abc"),
    "LinkClicked.v1": LinkClicked(
        link_id="l1", team_id="t1", slug="abc", referrer="https://a.example", agent="Firefox", bot=True
    ),
}
every_type = pytest.mark.parametrize("type_name", EVENT_TYPES)


def schema_of(type_name: str) -> dict[str, Any]:
    text = files("core.events.schemas").joinpath(f"{type_name}.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def plain(data: EventData) -> dict[str, Any]:
    decoded: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(data))
    return decoded


def test_every_type_has_a_schema_and_every_schema_a_type() -> None:
    registered = {file.name.removesuffix(".json") for file in files("core.events.schemas").iterdir()}

    assert {name for name in registered if name.startswith("Link")} == set(EVENT_TYPES) == set(EXAMPLES)


@every_type
def test_the_schema_names_the_very_fields_of_the_struct(type_name: str) -> None:
    schema = schema_of(type_name)
    fields = msgspec.structs.fields(EVENT_TYPES[type_name])

    assert set(schema["properties"]) == {field.name for field in fields}
    assert set(schema["required"]) == {field.name for field in fields if field.required}
    assert schema["$id"] == f"urn:signalbox:schema:{type_name}"


@every_type
def test_the_types_in_the_schema_are_those_of_the_struct(type_name: str) -> None:
    words = {str: "string", bool: "boolean", tuple[str, ...]: "array"}
    properties = schema_of(type_name)["properties"]

    for field in msgspec.structs.fields(EVENT_TYPES[type_name]):
        assert properties[field.name]["type"] == words[field.type], field.name


@every_type
def test_what_the_producer_writes_fits_and_is_read_back_the_same(type_name: str) -> None:
    data = EXAMPLES[type_name]

    encoded = encode(data)

    assert msgspec.json.decode(encoded, type=type(data)) == data


@every_type
def test_a_writer_may_not_add_a_field(type_name: str) -> None:
    data = {**plain(EXAMPLES[type_name]), "ip_address": "203.0.113.9"}

    with pytest.raises(SchemaViolation, match=rf"{type_name} does not fit its schema at data.*ip_address"):
        check_data(type_name, data, 100)


@every_type
def test_a_writer_may_not_leave_out_a_required_field(type_name: str) -> None:
    for name in schema_of(type_name)["required"]:
        data = plain(EXAMPLES[type_name])
        del data[name]

        with pytest.raises(SchemaViolation, match=name):
            check_data(type_name, data, 100)


@every_type
def test_a_wrong_type_is_refused_with_its_place(type_name: str) -> None:
    for name in schema_of(type_name)["properties"]:
        data = {**plain(EXAMPLES[type_name]), name: 7}

        with pytest.raises(SchemaViolation, match=rf"at data\.{name}"):
            check_data(type_name, data, 100)


def test_an_update_that_changes_nothing_is_refused() -> None:
    with pytest.raises(SchemaViolation, match=r"data\.changed"):
        check_data("LinkUpdated.v1", {**plain(EXAMPLES["LinkUpdated.v1"]), "changed": []}, 100)


def test_an_event_may_have_64_kib_and_no_byte_more() -> None:
    data = plain(EXAMPLES["LinkArchived.v1"])

    check_data("LinkArchived.v1", data, MAX_EVENT_BYTES)
    with pytest.raises(SchemaViolation, match="65537 bytes is larger than 65536"):
        check_data("LinkArchived.v1", data, MAX_EVENT_BYTES + 1)


def test_the_limits_of_the_fields_together_stay_below_the_limit_of_the_event() -> None:
    wide = "\N{GRINNING FACE}"  # Four bytes of UTF-8 a character.
    data = msgspec.structs.replace(
        EXAMPLES["LinkCreated.v1"],
        tags=(wide * 64,) * 32,
        title=wide * 500,
        target_url=wide * 8_192,
        short_url=wide * 2_200,
        created_by=wide * 200,
    )

    assert len(encode(data)) < MAX_EVENT_BYTES


@settings(max_examples=60, deadline=None)
@given(st.builds(LinkCreated, tags=st.lists(st.text(max_size=70), max_size=34).map(tuple)))
def test_whatever_the_schema_lets_pass_every_reader_can_read(data: LinkCreated) -> None:
    try:
        encoded = encode(data)
    except SchemaViolation:
        return

    assert msgspec.json.decode(encoded, type=LinkCreated) == data
