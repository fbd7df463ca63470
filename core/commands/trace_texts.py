"""Traces as lanes of text for the terminal and as objects for JSON.

A lane's time runs from left to right and ever faster, so that milliseconds and days fit into one line.
"""

from collections.abc import Sequence
from dataclasses import asdict
from math import log1p
from typing import Any

from core.commands.dead_texts import plain, span
from core.commands.event_texts import exact, place_of, row_object
from core.commands.fitting import wrapped
from core.operating.links.slugs import slug_of
from core.operating.traces.trace import Step, StepKind, Trace, TracedEvent

#: Characters of the lanes' names, the most and the least that a bar has, and what its words need beside it.
_NAME_WIDTH = 10
_BAR_WIDTH, _LEAST_BAR = 36, 16
_WORDS_WIDTH = 39
#: Blanks before a lane, and between it and its words.
_MARGIN, _GAP = 2, 2
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
    """Write a trace, a block of lanes for each event; no line is longer than `width`, of 60 characters or more."""
    if not trace.events:
        return [f"{plain(trace.name)}: retention has removed all events of this link."]
    lines = _hanging(plain(f"{trace.subject} {trace.name}: {_summary(trace)}"), width)
    for number, event in enumerate(trace.events):
        if number == 1 and trace.left_out:
            lines += ["", f"... {trace.left_out:,} events between are not shown ..."]
        lines += ["", *_event_lines(event, trace, width)]
    return [*lines, "", *(line for half in _LEGEND for line in wrapped(half, width))]


def _summary(trace: Trace) -> str:
    count = len(trace.events) + trace.left_out
    events = f"{count:,} event{'' if count == 1 else 's'}"
    if trace.ended_at is None:
        return f"{events}, and it is not over"
    return f"{events}, over within {_apart(trace.ended_at - (trace.began_at or 0.0))}"


def _event_lines(event: TracedEvent, trace: Trace, width: int) -> list[str]:
    row, steps = event.row, event.steps
    begun = min(step.at for step in steps if step.at is not None)
    end = max([begun, *(_end(step, trace.taken_at) for step in steps)])
    head = f"{row.event.type}  {slug_of(row.event)}  {exact(begun)}  at {place_of(row)}  {row.event.event_id}"
    lines = _hanging(plain(head), width)
    if row.event.origin is not None:
        origin = plain(f"in the place of {row.event.origin}, for {row.event.audience} alone")
        lines += [f"{'':{_MARGIN}}{line}" for line in wrapped(origin, width - _MARGIN)]
    for lane in trace.lanes:
        own = [step for step in steps if step.lane == lane]
        if own:
            lines += _lane_lines(lane, own, (begun, end, trace.taken_at), width)
    return lines


def _lane_lines(lane: str, steps: Sequence[Step], times: tuple[float, float, float], width: int) -> list[str]:
    """Write a lane: its bar, and beside it what happened, in as many lines as that needs."""
    begun, end, now = times
    beside = _MARGIN + _NAME_WIDTH + 1 + _GAP
    bar = max(_LEAST_BAR, min(_BAR_WIDTH, width - beside - _WORDS_WIDTH))
    words = [plain(_words(step, begun)) for step in steps if step.kind is not StepKind.WAIT or step.is_open]
    told = [line for one in words for line in _hanging(one, width - beside - bar)] or [""]
    drawn = f"{'':{_MARGIN}}{lane:{_NAME_WIDTH}.{_NAME_WIDTH}} {_bar(steps, begun, end, bar, now)}"
    return [f"{drawn}{'':{_GAP}}{told[0]}".rstrip(), *(f"{'':{beside + bar}}{more}" for more in told[1:])]


def _hanging(text: str, width: int) -> list[str]:
    """Break a text into lines, the further ones indented."""
    if len(whole := wrapped(text, width)) == 1:
        return whole
    first, *further = wrapped(text, width - 2)
    return [first, *(f"  {line}" for line in further)]


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
