"""The detail of an event, filters as people write them, and what one can go to."""

import json

import pytest

from core.errors import InvalidInput, NotFound
from core.events.tracing import trace_id
from core.operating.dead_letters.effects import Effect
from core.operating.events.browser import EventBrowser
from core.operating.events.pages import EventFilter
from core.producing.republish import Republisher
from tests.support.links import SHORT_BASE
from tests.support.operated import Place


def test_the_detail_has_the_data_its_schema_and_what_was_published_in_its_place(
    place: Place, browser: EventBrowser
) -> None:
    event = place.created("one")
    installation = place.desk._installation
    republisher = Republisher(
        installation.links, installation.outbox, short_base=SHORT_BASE, on_commit=lambda: None
    )
    again = republisher.publish(event, event.data, audience="billing")
    place.stores["qr"].reached(event.partition, event.position)

    detail = browser.detail(f"{event.partition}/{event.position}")

    assert detail.row.event == event
    assert detail.payload == json.loads(event.data_json)
    assert (detail.schema, detail.schema_version) == ("urn:signalbox:schema:LinkCreated.v1", "v1")
    assert detail.trace_id == trace_id(event.traceparent)
    assert detail.is_understood
    assert [row.event.event_id for row in detail.replacements] == [again.event_id]
    replacement = browser.detail(again.event_id)
    assert (replacement.row.event.origin, replacement.row.event.position) == (event.event_id, 0)
    assert {one.effect for one in replacement.handlings} == {Effect.WAITING}


def test_filters_are_written_as_people_write_them(place: Place, browser: EventBrowser) -> None:
    event = place.created("One")

    wanted = browser.filter(types=["linkcreated", "LinkClicked.v1"], link="one", trace="AB" * 16, text="x")

    assert wanted == EventFilter(("LinkCreated.v1", "LinkClicked.v1"), event.link_id, "ab" * 16, "x")
    with pytest.raises(InvalidInput, match="no event type 'Linked'") as refused:
        browser.filter(types=["Linked"])
    assert "LinkCreated.v1" in refused.value.proposals
    with pytest.raises(InvalidInput, match="no trace id"):
        browser.filter(trace="xyz")
    with pytest.raises(NotFound):
        browser.filter(link="no-such-link")


def test_one_jumps_to_an_id_a_place_or_a_time(place: Place, browser: EventBrowser) -> None:
    first, second = place.created("one"), place.created("two")

    assert browser.jump(f" {first.event_id} ") == 1
    assert browser.jump(f"{second.partition}/{second.position}") == 2
    assert browser.jump(second.time) == 2
    assert browser.jump("2020-01-01") == 1
    with pytest.raises(NotFound, match="retention"):
        browser.jump("0/999")
    with pytest.raises(NotFound, match="No event has been committed since"):
        browser.jump("2999-01-01 10:00")
    with pytest.raises(InvalidInput, match="no time such as"):
        browser.jump("yesterday")
    with pytest.raises(NotFound, match="retention"):
        browser.detail("no-such-event")
