"""Traces as lanes of text for the terminal and as objects for JSON.

A lane's time runs from left to right and ever faster, so that milliseconds and days fit into one line.
"""

from collections.abc import Sequence
from dataclasses import asdict
from math import log1p
from typing import Any

from core.commands.dead_texts import plain, span
from core.commands.event_texts import exact, place_of, row_object
from core.operating.links.slugs import slug_of
from core.operating.traces.trace import Step, StepKind, Trace, TracedEvent

#: Characters of the lanes' names, and the most that a bar has.
_NAME_WIDTH = 10
_BAR_WIDTH = 36
_WAIT, _OPEN_WAIT = "-", "."
_MARKS = {
    StepKind.COMMITTED: "C",
    StepKind.PUBLISHED: "P",
    StepKind.DELIVERED: "d",
    StepKind.APPLIED: "A",
    StepKind.IGNORED: "i",
    StepKind.DRAWN: "q",
    StepKind.CALLED: "w",
    StepKind.RETRIED: "r",
    StepKind.DISCARDED: "g",
    StepKind.PARKED: "p",
    StepKind.FAILED: "x",
    StepKind.REFUSED: "x",
    StepKind.EXHAUSTED: "D",
    StepKind.DEAD: "D",
}
_LEGEND = (
    "C committed  P published  d delivered  A applied  i ignored  q QR code drawn  w webhook accepted",
    "x failed  p parked  D dead or given up  r tried again  g discarded  - a wait  . a wait that goes on",
)


def trace_object(trace: Trace) -> dict[str, Any]:
    """Write a trace as an object."""
    names = "name subject link_ids trace_ids lanes left_out taken_at began_at ended_at".split()
    found: dict[str, Any] = {name: getattr(trace, name) for name in names}
    found["events"] = [
        {
            **row_object(event.row),
            "consumers": [asdict(handling) for handling in event.handlings],
            "steps": [asdict(step) for step in event.steps],
        }
        for event in trace.events
    ]
    return found


def trace_lines(trace: Trace, *, width: int) -> list[str]:
    """Write a trace, a block of lanes for each event."""
    if not trace.events:
        return [f"{plain(trace.name)}: retention has removed all events of this link."]
    bar = min(_BAR_WIDTH, width - _NAME_WIDTH - 24)
    lines = [plain(f"{trace.subject} {trace.name}: {_summary(trace)}")]
    for number, event in enumerate(trace.events):
        if number == 1 and trace.left_out:
            lines += ["", f"... {trace.left_out:,} events between are not shown ..."]
        lines += ["", *_event_lines(event, trace, bar)]
    return [*lines, "", *_LEGEND]


def _summary(trace: Trace) -> str:
    count = len(trace.events) + trace.left_out
    events = f"{count:,} event{'' if count == 1 else 's'}"
    if trace.ended_at is None:
        return f"{events}, and it is not over"
    return f"{events}, over within {_apart(trace.ended_at - (trace.began_at or 0.0))}"


def _event_lines(event: TracedEvent, trace: Trace, bar: int) -> list[str]:
    row, steps = event.row, event.steps
    begun = min(step.at for step in steps if step.at is not None)
    end = max([begun, *(_end(step, trace.taken_at) for step in steps)])
    head = f"{row.event.type}  {slug_of(row.event)}  {exact(begun)}  at {place_of(row)}  {row.event.event_id}"
    lines = [plain(head)]
    if row.event.origin is not None:
        lines.append(plain(f"  in the place of {row.event.origin}, for {row.event.audience} alone"))
    for lane in trace.lanes:
        own = [step for step in steps if step.lane == lane]
        if own:
            drawn = _bar(own, begun, end, bar, trace.taken_at)
            words = [
                plain(_words(step, begun)) for step in own if step.kind is not StepKind.WAIT or step.is_open
            ]
            lines.append(
                f"  {lane:{_NAME_WIDTH}.{_NAME_WIDTH}} {drawn}  {words[0] if words else ''}".rstrip()
            )
            lines += [f"  {'':{_NAME_WIDTH}} {'':{bar}}  {more}" for more in words[1:]]
    return lines


def _bar(steps: Sequence[Step], begun: float, end: float, width: int, now: float) -> str:
    cells = [" "] * width

    def cell(at: float) -> int:
        if end <= begun:
            return 0
        part = log1p(max(0.0, at - begun) * 1000) / log1p((end - begun) * 1000)
        return min(width - 1, round(part * (width - 1)))

    for step in steps:
        if step.at is not None and step.kind is StepKind.WAIT:
            first, last = cell(step.at), cell(_end(step, now))
            for place in range(first, last + 1):
                cells[place] = _OPEN_WAIT if step.is_open else _WAIT
    for step in steps:
        if step.at is not None and step.kind in _MARKS:
            cells[cell(step.at)] = _MARKS[step.kind]
            if step.until is not None:
                cells[cell(step.until)] = _MARKS[step.kind]
    return "".join(cells)


def _end(step: Step, now: float) -> float:
    if step.is_open:
        return max(now, step.at or now)
    return step.until or step.at or 0.0


def _words(step: Step, begun: float) -> str:
    """Say what happened, when after the commit, by whom."""
    parts = [] if step.at is None else [f"+{_apart(step.at - begun)}"]
    parts.append(step.words)
    if step.by:
        parts.append(f"by {step.by}")
    if step.text:
        parts.append(step.text if step.kind is StepKind.WAIT else f"({step.text})")
    return " ".join(parts)


def _apart(seconds: float) -> str:
    """Write a short duration in milliseconds, a longer one in its largest unit."""
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else span(seconds)
