"""Each event is owed once to each endpoint that was registered when it came, in a body that never changes."""

import json
from collections.abc import Callable

from core.consuming.contract import Endpoint
from core.events.tracing import trace_id
from core.events.types import LinkArchived, LinkRestored
from tests.consumers.conftest import Applied
from tests.support.events import AT, clicked, created, make_event


def test_each_endpoint_is_owed_each_event_once(
    apply_to: Callable[[str], Applied], endpoints: list[Endpoint]
) -> None:
    endpoints.append(Endpoint("endpoint-2", "https://other.example.com/", "", 1.0))
    webhook = apply_to("webhook")
    events = [
        make_event(created("a"), 1),
        make_event(LinkArchived(link_id="a", team_id="t", slug="s-a"), 2, sequence=2),
        make_event(LinkRestored(link_id="a", team_id="t", slug="s-a"), 3, sequence=3),
    ]

    webhook.give(*events, make_event(clicked("a"), 4, sequence=None))

    owed = [
        (row["event_id"], row["endpoint_id"], row["url"], row["state"]) for row in webhook.rows["deliveries"]
    ]
    assert owed == [
        (event.event_id, endpoint.endpoint_id, endpoint.url, "waiting")
        for event in events
        for endpoint in endpoints
    ]


def test_the_body_tells_type_time_number_and_data(apply_to: Callable[[str], Applied]) -> None:
    webhook = apply_to("webhook")
    event = make_event(created("a"), 1)

    webhook.give(event)

    (row,) = webhook.rows["deliveries"]
    assert json.loads(row["body"]) == {
        "type": "LinkCreated.v1",
        "timestamp": "2026-11-23T11:50:00.000000Z",
        "sequence": 1,
        "data": json.loads(event.data_json),
    }
    assert "." not in row["event_id"]  # It is the webhook-id, where a dot has a meaning.


def test_a_delivery_keeps_the_trace_in_a_span_of_its_own(apply_to: Callable[[str], Applied]) -> None:
    webhook = apply_to("webhook")
    event = make_event(created("a"), 1)

    webhook.give(event)

    (row,) = webhook.rows["deliveries"]
    assert trace_id(row["traceparent"]) == trace_id(event.traceparent)
    assert row["traceparent"] != event.traceparent


def test_without_endpoints_nothing_is_owed_and_later_ones_are_owed_only_what_follows(
    apply_to: Callable[[str], Applied], endpoints: list[Endpoint]
) -> None:
    endpoint = endpoints.pop()
    webhook = apply_to("webhook")
    webhook.give(make_event(created("a"), 1))
    assert webhook.rows["deliveries"] == []

    endpoints.append(endpoint)
    webhook.give(make_event(created("b"), 2))

    assert [row["link_id"] for row in webhook.rows["deliveries"]] == ["b"]


def test_an_endpoint_is_not_told_of_what_happened_before_it_was_there(
    apply_to: Callable[[str], Applied], endpoints: list[Endpoint]
) -> None:
    # The consumer was paused meanwhile, or its group is at the beginning again: the events come late. Whatever the clocks
    # of those who create and those who register say, positions tell what came first.
    endpoints[:] = [Endpoint("endpoint-1", "https://hooks.example.com/in", "", AT, {0: 1})]
    webhook = apply_to("webhook")

    webhook.give(
        make_event(created("older"), 1, at=AT + 5),
        make_event(created("newer"), 2, at=AT - 7_200),
    )

    assert [row["link_id"] for row in webhook.rows["deliveries"]] == ["newer"]


def test_an_endpoint_of_an_older_program_goes_by_the_clock(
    apply_to: Callable[[str], Applied], endpoints: list[Endpoint]
) -> None:
    endpoints[:] = [Endpoint("endpoint-1", "https://hooks.example.com/in", "", AT)]
    webhook = apply_to("webhook")

    webhook.give(
        make_event(created("older"), 1, at=AT - 1),
        make_event(created("same"), 2, at=AT),
        make_event(created("newer"), 3, at=AT + 1),
    )

    assert [row["link_id"] for row in webhook.rows["deliveries"]] == ["same", "newer"]
