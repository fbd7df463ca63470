"""Events as the lines of a table: all that is shown is made once, away from the window's thread. No Qt here."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.broker.stream_look import Copy
from core.events.envelope import Event
from core.operating.events.objects import payload_of
from core.operating.events.places import EventRow
from gui.events.matches import Match, match_in
from gui.formatting import one_line

#: Characters of a payload that a cell gets; nobody sees more of it there.
_SEEN = 160


@dataclass(frozen=True, slots=True)
class Line:
    """One event, told apart by its row in the outbox."""

    row: int
    event_id: str
    type_name: str
    #: Local time with milliseconds.
    committed: str
    place: str
    #: The link's slug; its id where the data has no slug.
    link: str
    #: What happened, in a few words.
    what: str
    is_published: bool
    #: None = the broker was not asked yet.
    copy: Copy | None = None
    #: Where the text is that was looked for; None = none was.
    match: Match | None = None


def line_of(row: EventRow, wanted: str = "") -> Line:
    """Make the line of an event, which fits a text that was looked for."""
    event, payload = row.event, payload_of(row.event)
    data = payload if isinstance(payload, dict) else {}
    return Line(
        row=row.row,
        event_id=event.event_id,
        type_name=event.type,
        committed=exact(event.committed_at),
        place=f"{event.partition}/{event.position or '-'}",
        link=str(data.get("slug") or event.link_id),
        what=_again(event) + _what(event.type, data, payload),
        is_published=row.published_at is not None,
        match=match_in(event.data_json.decode("utf-8", "replace"), payload, wanted) if wanted else None,
    )


def exact(at: float) -> str:
    """Write a local time with milliseconds."""
    ms = int(at * 1_000)
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(ms // 1_000))}.{ms % 1_000:03d}"


def _again(event: Event) -> str:
    return "" if event.origin is None else f"again for {event.audience or 'all'}: "


def _what(type_name: str, data: Mapping[str, Any], payload: Any) -> str:
    say = _WORDS.get(type_name.partition(".")[0])
    said = say(data) if say is not None and data else str(payload)
    return one_line(said[:_SEEN])


def _created(data: Mapping[str, Any]) -> str:
    return f"created for {data.get('target_url', '?')}"


def _updated(data: Mapping[str, Any]) -> str:
    changed = data.get("changed")
    names = ", ".join(str(name) for name in changed) if isinstance(changed, list) else ""
    return f"changed: {names or '?'}"


def _archived(_data: Mapping[str, Any]) -> str:
    return "archived"


def _restored(_data: Mapping[str, Any]) -> str:
    return "restored"


def _clicked(data: Mapping[str, Any]) -> str:
    agent = str(data.get("agent") or "an unknown program")
    said = f"clicked with {agent}" + (", a bot" if data.get("bot") is True else "")
    return said + (f", from {data['referrer']}" if data.get("referrer") else "")


_WORDS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "LinkCreated": _created,
    "LinkUpdated": _updated,
    "LinkArchived": _archived,
    "LinkRestored": _restored,
    "LinkClicked": _clicked,
}
