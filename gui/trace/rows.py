"""The steps of a trace as rows, each with what tells it from the others and its sentence. No Qt here."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from core.operating.links.slugs import slug_of
from core.operating.logs import redact
from core.operating.traces.trace import PRODUCER, RELAY, Step, StepKind, Trace, TracedEvent
from gui.formatting import clock, milliseconds, one_line, plural
from gui.tokens import Tone

Key = tuple[str, str, str, int]

PICTURES = {
    StepKind.COMMITTED: "database",
    StepKind.PUBLISHED: "send",
    StepKind.WAIT: "hourglass",
    StepKind.DELIVERED: "inbox",
    StepKind.APPLIED: "circle-check",
    StepKind.IGNORED: "circle",
    StepKind.DEALT_WITH: "check",
    StepKind.FAILED: "circle-x",
    StepKind.PARKED: "pause",
    StepKind.DEAD: "mail-x",
    StepKind.RETRIED: "refresh-cw",
    StepKind.DISCARDED: "archive",
    StepKind.DRAWN: "qr-code",
    StepKind.CALLED: "webhook",
    StepKind.REFUSED: "triangle-alert",
    StepKind.EXHAUSTED: "unplug",
    StepKind.UNKNOWN: "circle-question-mark",
}
_ON_THE_WAY = frozenset({StepKind.COMMITTED, StepKind.PUBLISHED, StepKind.DELIVERED, StepKind.RETRIED})
_DONE = frozenset({StepKind.APPLIED, StepKind.DRAWN, StepKind.CALLED})
_UNEASY = frozenset({StepKind.PARKED, StepKind.UNKNOWN})
#: What people have to look at, when it is the last word about a consumer.
_BAD_ENDS = frozenset({StepKind.DEAD, StepKind.EXHAUSTED})


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step of one event."""

    key: Key
    step: Step
    #: The event's type without its version, such as "LinkCreated".
    event: str
    #: Since its event was committed, in seconds; None = it is not known when.
    since_s: float | None
    #: How long it took, or has gone on; None = it is a moment.
    lasted_s: float | None

    @property
    def words(self) -> str:
        """What happened, such as "waits for a worker"."""
        return f"{self.step.kind} {self.text}" if self.step.kind is StepKind.WAIT else self.step.words

    @property
    def text(self) -> str:
        """More about it, as it may be shown: errors quote what others have said."""
        return one_line(redact(self.step.text))

    @property
    def picture(self) -> str:
        """The icon that stands for it, each kind has its own."""
        return PICTURES[self.step.kind]

    @property
    def is_bad_end(self) -> bool:
        """Whether nothing more happens to it unless an operator decides."""
        return self.step.kind in _BAD_ENDS

    @property
    def colour(self) -> str:
        """The token of its colour."""
        kind = self.step.kind
        if kind in _UNEASY or self.step.is_open:
            return "warn"
        if self.step.is_trouble:
            return "bad"
        return "ok" if kind in _DONE else "accent" if kind in _ON_THE_WAY else "muted"

    @property
    def sentence(self) -> str:
        """All of it in one sentence."""
        parts = [f"{self.step.lane}: {self.words}"]
        if self.step.at is None or self.since_s is None:
            parts.append("it is not known when")
        else:
            after = f"{milliseconds(self.since_s * 1000)} after the commit, " if self.since_s else ""
            parts.append(f"{after}at {clock(self.step.at)}")
        if self.lasted_s is not None:
            so_far = " so far" if self.step.is_open else ""
            parts.append(f"for {milliseconds(self.lasted_s * 1000)}{so_far}")
        if self.step.by:
            parts.append(f"by {self.step.by}")
        more = "" if self.step.kind is StepKind.WAIT else self.text
        return f"{', '.join(parts)}{f': {more}' if more else ''}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A trace in some words."""

    word: str
    tone: Tone


def began_at(event: TracedEvent) -> float:
    """Give when an event's own time begins: its commit, also when it has the time of another one."""
    known = [step.at for step in event.steps if step.at is not None]
    return min(known, default=event.row.event.committed_at)


def end_of(step: Step, now: float) -> float | None:
    """Give when a step ended; one that goes on has come to now; None = it is not known."""
    if step.is_open and step.at is not None:
        return max(now, step.at)
    return step.until if step.until is not None else step.at


def rows_of(event: TracedEvent, now: float) -> Iterator[StepRow]:
    """Give the steps of one event, by time."""
    begun, numbers = began_at(event), Counter[tuple[str, str]]()
    for step in event.steps:
        same = (step.lane, step.kind.value)
        numbers[same] += 1
        end = end_of(step, now)
        is_long = step.at is not None and end is not None and (step.is_open or step.until is not None)
        yield StepRow(
            key=(step.event_id, *same, numbers[same]),
            step=step,
            event=event.row.event.type.partition(".")[0],
            since_s=None if step.at is None else step.at - begun,
            lasted_s=end - step.at if is_long and end is not None and step.at is not None else None,
        )


def title_of(event: TracedEvent) -> str:
    """Say which event it is."""
    row = event.row.event
    place = f"{row.partition}/{row.position}" if row.position else "no position yet"
    name = row.type.partition(".")[0]
    return f"{name} of {slug_of(row)}  ·  {place}  ·  {clock(began_at(event))}"


def summary(trace: Trace) -> str:
    """Say what the trace is of, and how much it is."""
    number = len(trace.events) + trace.left_out
    traces, links = len(trace.trace_ids), len(trace.link_ids)
    said = f"{trace.subject} {trace.name}: {plural(number, 'event')}, {plural(traces, 'trace')}"
    if links > 1:
        said += f", {plural(links, 'link')}"
    if trace.left_out:
        said += f"; {plural(trace.left_out, 'event')} between the first and the newest not shown"
    return said


def verdict(trace: Trace) -> Verdict:
    """Say how it stands: what is dead goes before what goes on."""
    bad = sum(_is_stuck(event, lane) for event in trace.events for lane in trace.lanes)
    if bad:
        return Verdict(f"{plural(bad, 'effect')} dead or given up", Tone.BAD)
    if any(step.kind is StepKind.UNKNOWN for step in trace.steps):
        return Verdict("not all is known", Tone.WARN)
    if trace.ended_at is None:
        return Verdict("not over", Tone.WARN)
    took = trace.ended_at - min(began_at(event) for event in trace.events)
    return Verdict(f"over within {milliseconds(took * 1000)}", Tone.OK)


def _is_stuck(event: TracedEvent, lane: str) -> bool:
    """Whether nothing more happened to it than its end, except that it waits for somebody."""
    if lane in (PRODUCER, RELAY):
        return False
    kinds = [step.kind for step in event.steps if step.lane == lane and step.kind is not StepKind.WAIT]
    return bool(kinds) and kinds[-1] in _BAD_ENDS
