"""Counts are what people look at first: each click once, in its hour, and machines apart."""

from collections.abc import Callable

from core.events.types import LinkClicked
from tests.consumers.conftest import Applied
from tests.support.events import AT, clicked, created, make_event

HOUR = 3_600.0


def test_a_link_begins_with_a_record_without_clicks(apply_to: Callable[[str], Applied]) -> None:
    analytics = apply_to("analytics")

    analytics.give(make_event(created("a", team_id="t"), 1))

    assert analytics.rows == {
        "link_records": [
            {"link_id": "a", "team_id": "t", "slug": "s-a", "created_at": AT, "clicks": 0, "bot_clicks": 0}
        ],
        "clicks_per_hour": [],
    }


def test_clicks_are_counted_in_total_and_in_the_hour_in_which_they_happened(
    apply_to: Callable[[str], Applied],
) -> None:
    analytics = apply_to("analytics")
    analytics.give(make_event(created("a"), 1), make_event(created("b"), 2))
    times = [("a", AT), ("a", AT + 60), ("a", AT + HOUR), ("b", AT)]

    analytics.give(*(make_event(clicked(link), 3 + n, at=at) for n, (link, at) in enumerate(times)))
    analytics.give(make_event(clicked("a"), 7, at=AT + 1))

    assert {row["link_id"]: row["clicks"] for row in analytics.rows["link_records"]} == {"a": 4, "b": 1}
    assert analytics.rows["clicks_per_hour"] == [
        {"link_id": "a", "hour": "2026-11-23T11", "clicks": 3},
        {"link_id": "a", "hour": "2026-11-23T12", "clicks": 1},
        {"link_id": "b", "hour": "2026-11-23T11", "clicks": 1},
    ]


def test_machines_are_counted_apart(apply_to: Callable[[str], Applied]) -> None:
    analytics = apply_to("analytics")

    analytics.give(
        make_event(created("a"), 1),
        make_event(clicked("a", bot=True), 2),
        make_event(clicked("a"), 3),
        make_event(clicked("a", bot=True), 4),
    )

    (record,) = analytics.rows["link_records"]
    assert (record["clicks"], record["bot_clicks"]) == (1, 2)
    assert [row["clicks"] for row in analytics.rows["clicks_per_hour"]] == [1]


def test_a_large_batch_is_counted_as_a_small_one(apply_to: Callable[[str], Applied]) -> None:
    analytics = apply_to("analytics")
    links = [f"link-{number}" for number in range(300)]
    events = [make_event(created(link), 1 + n) for n, link in enumerate(links)]
    clicks: list[LinkClicked] = [clicked(link) for link in links for _ in range(2)]

    analytics.give(*events, *(make_event(click, 301 + n) for n, click in enumerate(clicks)))

    assert {row["clicks"] for row in analytics.rows["link_records"]} == {2}
    assert len(analytics.rows["clicks_per_hour"]) == 300
