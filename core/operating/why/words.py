"""Times, durations and faults in the sentences of answers."""

from datetime import UTC, datetime

from core.consuming.faults import Fault
from core.operating.faults.words import fault_words


def span(seconds: float) -> str:
    """Write a duration in its largest unit, such as 12 min; less than a second in milliseconds."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 1 else f"{max(0.0, seconds) * 1000:.0f} ms"


def moment(at: float) -> str:
    """Write a time as local time."""
    return datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def since(at: float, now: float) -> str:
    """Write since when something is so, such as "since 2026-11-23 11:50:00 (12 min)"."""
    return f"since {moment(at)} ({span(now - at)})"


def when(at: float | None, now: float) -> str:
    """Write when something is to be: "in 12 min", "now", or "when an operator says so" for None."""
    if at is None:
        return "when an operator says so"
    return f"in {span(at - now)}" if at > now else "now"


def on_purpose(fault: Fault, now: float) -> str:
    """Say what is broken on purpose, such as "qr hangs on purpose: fault 7, set by ann 12 min ago."."""
    words = fault_words(fault)
    if fault.target == "broker":
        words = words[0].upper() + words[1:]
    return (
        f"{words} on purpose: fault {fault.fault_id}, set by {fault.set_by} {span(now - fault.set_at)} ago."
    )


def counted(number: int, noun: str) -> str:
    """Write a count with its noun, such as "1,000 events"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def first_line(text: str) -> str:
    """Give the first line of an error, short enough for a sentence."""
    line = text.strip().split("\n", 1)[0]
    return line if len(line) <= _LINE_CHARACTERS else line[: _LINE_CHARACTERS - 1] + "…"


#: Longest quotation of an error.
_LINE_CHARACTERS = 300
