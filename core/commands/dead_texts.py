"""Dead letters and waiting keys as text for the terminal and as objects for JSON. Secrets are taken out of errors."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from core.commands.fitting import elided
from core.commands.text_table import Column, Fit, text_table
from core.events.envelope import Event
from core.operating.dead_letters.causes import Cause
from core.operating.dead_letters.rows import DeadLetter, WaitingKey
from core.operating.links.slugs import slug_of
from core.operating.logs import redact

_MARKERS = {"dead": "red", "retrying": "yellow", "applied": "green", "discarded": "dim"}
#: Characters of an error in a table; `dead show` has all of it.
_ERROR_SHOWN = 80
#: A terminal of so many characters has room for the types of events.
_WIDE = 100
_LINK = Column("Link", Fit.MIDDLE, 10)
_ERROR = Column("Error", Fit.WORDS, 20)
_CAUSE_COLUMNS = (
    Column("Count", is_right=True),
    Column("Class"),
    Column("Consumers", Fit.WORDS, 10),
    Column("Links", is_right=True),
    Column("First"),
    Column("Last"),
    Column("Again", is_right=True),
    Column("Cause", Fit.WORDS, 20),
)
_KEY_COLUMNS = (
    Column("Consumer"),
    _LINK,
    Column("Events", is_right=True),
    Column("Class"),
    Column("Tries", is_right=True),
    Column("Since"),
    Column("Next", Fit.WORDS, 9),
    _ERROR,
)


def plain(text: str) -> str:
    """Make text of others harmless to a terminal: what does not print is written as its code."""
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape", "replace").decode()
        for c in redact(text)
    )


def moment(at: float | None) -> str:
    """Write a time as local time."""
    if at is None:
        return "-"
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """Write a duration in its largest unit, such as 12 min."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def _ago(at: float) -> str:
    return f"{span(time.time() - at)} ago"


def letter_table(letters: Sequence[DeadLetter], width: int) -> RenderableType:
    """Show dead letters, a row each; their state only where they differ in it, their type only where there is room."""
    columns = [
        Column("Consumer"),
        Column("Place"),
        _LINK,
        *([Column("Type")] if width >= _WIDE else []),
        *([Column("State")] if {letter.state for letter in letters} != {"dead"} else []),
        Column("Class"),
        Column("Tries", is_right=True),
        Column("Last"),
        _ERROR,
    ]
    cells = [_letter_cells(letter) for letter in letters]
    return text_table(columns, [[found[column.name] for column in columns] for found in cells], width)


def _letter_cells(letter: DeadLetter) -> dict[str, str | Text]:
    again = f"+{letter.retries}" if letter.retries else ""
    return {
        "Consumer": letter.consumer,
        "Place": letter.place,
        "Link": plain(slug_of(letter.event)),
        "Type": plain(letter.event.type),
        "State": Text(letter.state, style=_MARKERS.get(letter.state, "")),
        "Class": letter.error_class,
        "Tries": f"{letter.attempts}{again}",
        "Last": _ago(letter.last_failed_at),
        "Error": _short(letter.error),
    }


def cause_table(causes: Sequence[Cause], width: int) -> RenderableType:
    """Show groups of dead letters that failed alike."""
    rows = [
        (
            f"{cause.count:,}",
            cause.error_class,
            ", ".join(cause.consumers),
            f"{cause.links:,}",
            _ago(cause.first_failed_at),
            _ago(cause.last_failed_at),
            f"{cause.failed_again:,}",
            plain(cause.cause),
        )
        for cause in causes
    ]
    return text_table(_CAUSE_COLUMNS, rows, width)


def key_table(keys: Sequence[WaitingKey], names: dict[str, str], width: int) -> RenderableType:
    """Show waiting keys, a row each; `names` has the slugs of the links."""
    rows = [
        (
            key.consumer,
            plain(names.get(key.link_id, key.link_id)),
            f"{key.events:,}",
            key.error_class,
            str(key.attempts),
            _ago(key.first_failed_at),
            _following(key),
            _short(key.error),
        )
        for key in keys
    ]
    return text_table(_KEY_COLUMNS, rows, width)


def _following(key: WaitingKey) -> str:
    if key.next_attempt_at is None:
        return "by decision"
    wait = key.next_attempt_at - time.time()
    return f"in {span(wait)}" if wait > 0 else "now"


def letter_object(letter: DeadLetter, *, whole: bool = False) -> dict[str, Any]:
    """Write a dead letter as an object; `whole` = with its traceback and its data."""
    event = letter.event
    found: dict[str, Any] = {name: getattr(event, name) for name in _EVENT_NAMES}
    found |= {name: getattr(letter, name) for name in _LETTER_NAMES}
    found |= {"slug": slug_of(event), "error": redact(letter.error), "cause": redact(letter.cause)}
    if whole:
        found |= {"traceback": redact(letter.traceback), "data": _data(event)}
    return found


_EVENT_NAMES = "event_id type link_id partition position time sequence origin audience".split()
_LETTER_NAMES = (
    "consumer state error_class attempts retries first_failed_at last_failed_at worker trace_id "
    "decided_by decided_at why replaced_by"
).split()


def letter_lines(letter: DeadLetter) -> list[str]:
    """Write all of a dead letter, a line for each field, then the traceback and the data."""
    fields = letter_object(letter)
    lines = []
    for name, value in fields.items():
        text = moment(value) if name.endswith("_at") else value
        lines.append(f"{name:16} {'-' if text in (None, '') else plain(str(text))}")
    data = _data(letter.event)
    pretty = data if isinstance(data, str) else json.dumps(data, indent=2, ensure_ascii=False)
    trace = plain(letter.traceback.rstrip()) or "- (the process died, or nothing of ours failed)"
    return [*lines, "", "traceback", trace, "", "data", plain(pretty)]


def cause_object(cause: Cause) -> dict[str, Any]:
    """Write a group as an object."""
    return {**asdict(cause), "cause": redact(cause.cause), "example": redact(cause.example)}


def key_object(key: WaitingKey) -> dict[str, Any]:
    """Write a waiting key as an object."""
    return {**asdict(key), "error": redact(key.error)}


def _data(event: Event) -> Any:
    """Read an event's data; of one that is no JSON, the text."""
    try:
        return json.loads(event.data_json)
    except (ValueError, RecursionError):
        return event.data_json.decode("utf-8", "replace")


def _short(error: str) -> str:
    """Give the first line of an error, its middle left out if it is long."""
    return elided(plain(error.strip().split("\n", 1)[0]), _ERROR_SHOWN)
