"""Events as the outbox gives them, for tests that need no producer."""

import msgspec

from core.events.envelope import Event
from core.events.ids import new_id
from core.events.times import rfc3339
from core.events.tracing import new_traceparent
from core.events.types import EventData, LinkClicked, LinkCreated
from core.producing.event_data import encode

#: 23 November 2026, 11:50:00 UTC.
AT = 1_795_434_600.0


def created(link_id: str = "link-1", *, team_id: str = "team-1") -> LinkCreated:
    """Give the data of a creation."""
    return LinkCreated(
        link_id=link_id,
        team_id=team_id,
        slug=f"s-{link_id}",
        short_url=f"http://short.test/s-{link_id}",
        target_url="https://example.com/",
        title="Example",
        tags=("news",),
        created_by="ann",
    )


def clicked(link_id: str = "link-1", *, bot: bool = False) -> LinkClicked:
    """Give the data of a click."""
    return LinkClicked(link_id=link_id, team_id="team-1", slug=f"s-{link_id}", agent="Firefox", bot=bot)


def make_event(
    data: EventData, position: int, *, partition: int = 0, sequence: int | None = 1, at: float = AT
) -> Event:
    """Give the event of some data, as it lies in the outbox."""
    return Event(
        event_id=new_id(),
        type=data.type_name,
        link_id=data.link_id,
        time=rfc3339(at),
        sequence=sequence,
        traceparent=new_traceparent(),
        data_json=encode(data),
        partition=partition,
        position=position,
    )


def make_run(first: int, last: int, *, partition: int = 0) -> list[Event]:
    """Give creations of different links at consecutive positions."""
    return [
        make_event(created(f"link-{partition}-{position}"), position, partition=partition)
        for position in range(first, last + 1)
    ]


def with_position(event: Event, position: int) -> Event:
    """Give the same event at another position."""
    return msgspec.structs.replace(event, position=position)
