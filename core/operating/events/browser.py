"""The browser of events: the outbox, which is the truth, with what the streams and the consumers have of each beside it.

Reads only. Methods may block, and may be called from any thread; those that can take long hear a `stop`.
"""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from core.broker.stream_look import Copy
from core.consuming.controls import Controls
from core.errors import BrokerUnavailable, InvalidInput, MalformedEvent, NotFound
from core.events.envelope import SCHEMA_URI, Event
from core.events.tracing import trace_id
from core.events.types import EVENT_TYPES
from core.operating.events.handlings import Handling, read_handlings
from core.operating.events.objects import event_object, payload_of
from core.operating.events.pages import EventFilter, EventPages
from core.operating.events.places import EventPlaces, EventRow
from core.operating.events.tail import LiveTail
from core.operating.exports import Exported, write_export
from core.operating.installation import Installation
from core.operating.looking import open_look
from core.operating.open_books import OpenBooks
from core.producing.link_list import LinkList

_PLACE = re.compile(r"(\d{1,9})/(\d{1,18})")
_TRACE = re.compile(r"[0-9a-fA-F]{32}")
#: Events read at once for an export.
_EXPORT_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class EventDetail:
    """All that is known of one event."""

    row: EventRow
    trace_id: str
    #: The URI of the schema that its data was checked against.
    schema: str
    #: The version within its type's name, such as "v1"; "" where the name has none.
    schema_version: str
    #: Its data as JSON; the text where it is none.
    payload: Any
    #: Whether this program knows its type, and the data fits it.
    is_understood: bool
    copy: Copy
    #: What each consumer has of it, in display order.
    handlings: tuple[Handling, ...]
    #: The events that operators have published in its place.
    replacements: tuple[EventRow, ...]


class EventBrowser:
    """The events of one installation."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._installation = installation
        self._links = LinkList(installation.links, installation.settings.short_base)
        self._controls = Controls(installation.control)
        self._books = books
        self._places = EventPlaces(installation.links)
        #: What reads page by page.
        self.pages = EventPages(installation.links)

    def filter(
        self, *, types: Sequence[str] = (), link: str | None = None, trace: str | None = None, text: str = ""
    ) -> EventFilter:
        """Put a filter together from what people type: a link's slug or id, a trace id, types with or without version.

        Raises:
            InvalidInput: there is no such type, or the trace id is none.
            NotFound: there is no such link.
        """
        if trace is not None and not _TRACE.fullmatch(trace):
            raise InvalidInput(
                "trace", "trace_id", f"{trace[:80]!r} is no trace id: 32 digits of 0-9 and a-f."
            )
        return EventFilter(
            types=tuple(name for wanted in types for name in _types(wanted)),
            link_id=None if link is None else self._links.one(link).link_id,
            trace_id=None if trace is None else trace.lower(),
            text=text,
        )

    def tail(self, wanted: EventFilter, *, after: int | None = None) -> LiveTail:
        """Follow new events; see `LiveTail`."""
        return LiveTail(self.pages, wanted, after=after)

    def jump(self, to: str) -> int:
        """Give the row of an event id, of PARTITION/POSITION, or the first one at a local time such as 2026-11-23 14:05.

        Raises:
            InvalidInput: it is none of these.
            NotFound: there is no such event; retention may have removed it.
            StoreUnavailable: it can't be read now.
        """
        found = self._find(to)
        if found is not None:
            return found.row
        if _PLACE.fullmatch(to.strip()):
            raise _gone(to)
        row = self._places.row_at_time(_time(to.strip()))
        if row is None:
            raise NotFound(f"No event has been committed since {to[:80]!r}.")
        return row

    def copies(self, rows: Sequence[EventRow]) -> dict[int, Copy]:
        """Tell by row number what the broker has of some events; all unknown while it does not answer."""
        places = {row.row: (row.event.partition, row.event.position) for row in rows}
        try:
            with open_look(self._installation) as look:
                found = look.copies(set(places.values()))
        except BrokerUnavailable:
            return dict.fromkeys(places, Copy.UNKNOWN)
        return {number: found[place] for number, place in places.items()}

    def detail(self, name: str) -> EventDetail:
        """Read all of one event, named by its id or PARTITION/POSITION.

        Raises:
            NotFound: there is no such event; retention may have removed it.
            StoreUnavailable: the outbox can't be read now.
        """
        row = self._find(name)
        if row is None:
            raise _gone(name)
        event = row.event
        where = (event.partition, event.position)
        return EventDetail(
            row=row,
            trace_id=trace_id(event.traceparent),
            schema=f"{SCHEMA_URI}{event.type}",
            schema_version=event.type.rpartition(".")[2] if "." in event.type else "",
            payload=payload_of(event),
            is_understood=_is_understood(event),
            copy=self.copies([row])[row.row],
            handlings=read_handlings(self._books, self._controls.registered(), [where])[where],
            replacements=self._places.replacements(event),
        )

    def export(
        self,
        path: Path,
        wanted: EventFilter,
        *,
        stop: threading.Event,
        progress: Callable[[int, int], None] = lambda _found, _looked_at: None,
        overwrite: bool = False,
    ) -> Exported:
        """Write the events that fit into a file, one JSON object a line, newest first; what comes meanwhile is not in it.

        `progress` is told how many were found, and how many looked at.

        Raises:
            InvalidInput: the file can't be written.
            StoreUnavailable: the outbox can't be read now. There is no file then.
        """
        pieces = self._pieces(wanted, stop, progress)
        return write_export(path, pieces, stop=stop, overwrite=overwrite)

    def export_one(
        self, path: Path, name: str, *, stop: threading.Event, overwrite: bool = False
    ) -> Exported:
        """Write one event into a file, named by its id or PARTITION/POSITION, as `export` does.

        Raises:
            NotFound: there is no such event; retention may have removed it.
            InvalidInput, StoreUnavailable: as `export`.
        """
        row = self._find(name)
        if row is None:
            raise _gone(name)
        return write_export(path, [(_line(row), 1)], stop=stop, overwrite=overwrite)

    def _find(self, name: str) -> EventRow | None:
        place = _PLACE.fullmatch(name.strip())
        if place is not None:
            return self._places.row_at(int(place[1]), int(place[2]))
        return self._places.row_of(name.strip())

    def _pieces(
        self, wanted: EventFilter, stop: threading.Event, progress: Callable[[int, int], None]
    ) -> Iterator[tuple[str, int]]:
        before, found, looked_at = None, 0, 0
        while not stop.is_set():
            page = self.pages.older(wanted, before=before, count=_EXPORT_AT_ONCE, stop=stop)
            yield "".join(map(_line, page.rows)), len(page.rows)
            found += len(page.rows)
            looked_at += page.looked_at
            progress(found, looked_at)
            before = page.goes_on_at
            if page.is_end:
                return


def _line(row: EventRow) -> str:
    return f"{json.dumps(event_object(row), ensure_ascii=False)}\n"


def _gone(name: str) -> NotFound:
    return NotFound(f"The outbox has no event {name[:80]!r}: it never had it, or retention has removed it.")


def _is_understood(event: Event) -> bool:
    try:
        _ = event.data
    except MalformedEvent:
        return False
    return True


def _types(wanted: str) -> list[str]:
    """Give the types that a word means: LinkCreated.v1, or all versions of linkcreated."""
    found = [
        name for name in EVENT_TYPES if wanted.casefold() in (name.casefold(), name.casefold().split(".")[0])
    ]
    if not found:
        raise InvalidInput(
            "type",
            "event_type",
            f"There is no event type {wanted[:80]!r}.",
            proposals=tuple(EVENT_TYPES),
        )
    return found


def _time(text: str) -> float:
    """Read a local time, today's where it has no date.

    Raises:
        InvalidInput: it is none.
    """
    today = time.strftime("%Y-%m-%d")
    for candidate in (text, f"{today} {text}"):
        try:
            return datetime.fromisoformat(candidate).timestamp()
        except ValueError:
            continue
    raise InvalidInput(
        "place",
        "no_place",
        f"{text[:80]!r} is no event id, no PARTITION/POSITION and no time such as 14:05 or 2026-11-23 14:05.",
    )
