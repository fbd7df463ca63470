"""The feed tells people in one line what happened to their links."""

from collections.abc import Callable

import pytest

from core.events.types import EventData, LinkArchived, LinkClicked, LinkRestored, LinkUpdated
from tests.consumers.conftest import Applied
from tests.support.events import AT, created, make_event


def updated(*changed: str) -> LinkUpdated:
    return LinkUpdated(
        link_id="a",
        team_id="t",
        slug="sale",
        target_url="https://example.org/",
        title="",
        tags=(),
        changed=changed,
    )


def click(referrer: str = "", *, bot: bool = False) -> LinkClicked:
    return LinkClicked(link_id="a", team_id="t", slug="sale", referrer=referrer, bot=bot)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (created("a"), "s-a created for https://example.com/"),
        (updated("target_url"), "sale edited: target"),
        (updated("target_url", "title", "tags"), "sale edited: target, title, tags"),
        (LinkArchived(link_id="a", team_id="t", slug="sale"), "sale archived"),
        (LinkRestored(link_id="a", team_id="t", slug="sale"), "sale restored"),
        (click(), "sale clicked"),
        (click("https://news.example.com"), "sale clicked from https://news.example.com"),
        (click(bot=True), "sale fetched by a bot"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_event_has_its_line(apply_to: Callable[[str], Applied], data: EventData, line: str) -> None:
    dashboard = apply_to("dashboard")
    event = make_event(data, 1)

    dashboard.give(event)

    (entry,) = dashboard.rows["entries"]
    assert entry["text"] == line
    assert (entry["event_id"], entry["type"], entry["link_id"]) == (event.event_id, event.type, "a")
    assert (entry["team_id"], entry["at"]) == (data.team_id, AT)


def test_lines_rise_in_the_order_of_the_events(apply_to: Callable[[str], Applied]) -> None:
    dashboard = apply_to("dashboard")
    events = [make_event(click(f"https://{number}.example"), 1 + number) for number in range(10)]

    dashboard.give(*events[:4])
    dashboard.give(*events[4:])

    assert [entry["event_id"] for entry in dashboard.rows["entries"]] == [event.event_id for event in events]
