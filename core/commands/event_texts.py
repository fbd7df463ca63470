"""Events as text for the terminal and as objects for JSON."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType

from core.broker.stream_look import Copy
from core.commands.dead_texts import moment, plain
from core.commands.text_table import Column, Fit, text_table
from core.events.tracing import trace_id
from core.operating.events.browser import EventDetail
from core.operating.events.handlings import Handling
from core.operating.events.objects import event_object
from core.operating.events.pages import EventFilter, EventPage
from core.operating.events.places import EventRow
from core.operating.links.slugs import slug_of

#: A terminal of so many characters has room for the ids of events.
_WIDE = 120
_COLUMNS = (
    Column("Committed"),
    Column("Place"),
    Column("Type"),
    Column("Link", Fit.MIDDLE, 10),
    Column("Stream", Fit.WORDS, 13),
)


def event_table(rows: Sequence[EventRow], copies: Mapping[int, Copy], width: int) -> RenderableType:
    """Show events, a row each; their ids only where there is room."""
    columns = (*_COLUMNS, Column("Event")) if width >= _WIDE else _COLUMNS
    cells = [_cells(row, copies[row.row])[: len(columns)] for row in rows]
    return text_table(columns, cells, width)


def _cells(row: EventRow, copy: Copy) -> tuple[str, ...]:
    event = row.event
    names = (plain(event.type), plain(slug_of(event)))
    return (exact(event.committed_at), place_of(row), *names, copy, event.event_id)


def page_words(page: EventPage, wanted: EventFilter) -> str:
    """Say how far was looked, and how to go on."""
    if page.is_end:
        none = "No events yet. Create a link: main.py create URL"
        if not page.rows:
            return "No such events." if wanted != EventFilter() else none
        return "There is nothing older."
    looked = ""
    if wanted.needs_looking:
        looked = f"{page.looked_at:,} events were looked at, back to {moment(page.reached)}. "
    return f"{looked}To go on: --before {page.goes_on_at}. All of one: main.py events show PLACE"


def event_line(row: EventRow) -> str:
    """Write an event in one line."""
    event = row.event
    parts = (
        exact(event.committed_at),
        f"{place_of(row):9}",
        f"{event.type:15}",
        slug_of(event),
        event.event_id,
    )
    return plain("  ".join(parts))


def row_object(row: EventRow, copy: Copy | None = None) -> dict[str, Any]:
    """Write an event as an object; `copy` is what the broker has of it."""
    found = {"row": row.row, **event_object(row), "trace_id": trace_id(row.event.traceparent)}
    return found if copy is None else {**found, "copy": copy}


def detail_object(detail: EventDetail) -> dict[str, Any]:
    """Write all of an event as an object."""
    return {
        **row_object(detail.row, detail.copy),
        "schema_version": detail.schema_version,
        "is_understood": detail.is_understood,
        "consumers": [asdict(handling) for handling in detail.handlings],
        "replaced_by": [row.event.event_id for row in detail.replacements],
    }


def detail_lines(detail: EventDetail) -> list[str]:
    """Write all of an event, a line for each field, then what consumers have of it, then its data."""
    fields = {**row_object(detail.row, detail.copy), "schema_version": detail.schema_version}
    data = fields.pop("data")
    fields["published_at"] = exact(detail.row.published_at)
    if detail.replacements:
        fields["replaced_by"] = ", ".join(row.event.event_id for row in detail.replacements)
    lines = [
        f"{name:16} {'-' if value in (None, '') else plain(str(value))}" for name, value in fields.items()
    ]
    pretty = data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)
    consumers = [f"{handling.consumer:16} {plain(handling_words(handling))}" for handling in detail.handlings]
    return [*lines, "", "consumers", *consumers, "", "data", plain(pretty)]


def handling_words(handling: Handling) -> str:
    """Say what a consumer has of an event."""
    words = str(handling.effect)
    if handling.was_retried:
        words += " after it had been a dead letter"
    if handling.at is not None:
        words += f" {'since' if handling.effect == 'parked' else 'at'} {exact(handling.at)}"
    if handling.worker is not None:
        words += f" by {handling.worker}"
    trouble = handling.trouble
    if trouble is not None:
        behind = "behind an event that failed: " if trouble.is_behind else ""
        first = trouble.error.strip().split("\n", 1)[0]
        words += f"; {behind}{trouble.error_class}, attempts: {trouble.attempts}: {first}"
        if trouble.next_attempt_at is not None:
            words += f"; next attempt at {exact(trouble.next_attempt_at)}"
    return words


def place_of(row: EventRow) -> str:
    """Give partition and position, which name an event."""
    return f"{row.event.partition}/{row.event.position or '-'}"


def exact(at: float | None) -> str:
    """Write a time as local time with milliseconds."""
    if at is None:
        return "-"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
