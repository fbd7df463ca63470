"""Whole events in tables: what is parked or dead must not depend on how long the outbox keeps its rows."""

from collections.abc import Sequence
from typing import Any

from core.events.envelope import Event

#: The columns that hold an event, in the order in which an event has them.
EVENT_COLUMNS = Event.__struct_fields__


def event_values(event: Event) -> tuple[Any, ...]:
    """Give an event's values in the order of the columns."""
    return tuple(getattr(event, name) for name in EVENT_COLUMNS)


def event_of(row: Sequence[Any]) -> Event:
    """Read an event from a row that begins with the columns, in their order."""
    return Event(*row[: len(EVENT_COLUMNS)])
