"""Where everything stands from top to bottom: a band for each event, in it a lane for each who deals with it. No Qt here."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.traces.trace import StepKind, Trace, TracedEvent
from gui.formatting import milliseconds
from gui.trace.rows import StepRow, began_at, end_of, rows_of, title_of
from gui.trace.time_scale import Axis

#: Heights in pixels.
HEAD, LANE, GAP = 28, 22, 10
#: No axis is shorter than this, in seconds.
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Lane:
    """What one consumer, the producer or the relay did with one event."""

    name: str
    top: int
    rows: tuple[StepRow, ...]

    @property
    def outcome(self) -> StepRow | None:
        """The step that says how it stands: the last one that is no wait, or else the wait; None = nothing yet."""
        last = [row for row in self.rows if row.step.kind is not StepKind.WAIT]
        return (last or self.rows or (None,))[-1]

    @property
    def words(self) -> str:
        """Say how it stands, for beside the lane."""
        row = self.outcome
        if row is None:
            return "not yet"
        waiting = next((one for one in self.rows if one.step.is_open), None)
        if waiting is not None:
            so_far = f"waits {milliseconds((waiting.lasted_s or 0.0) * 1000)}"
            return so_far if row is waiting else f"{row.words}, {so_far}"
        since = "" if not row.since_s else f" +{milliseconds(row.since_s * 1000)}"
        return f"{row.words}{since}"


@dataclass(frozen=True, slots=True)
class Band:
    """One event."""

    event: TracedEvent
    title: str
    top: int
    lanes: tuple[Lane, ...]
    #: When its own time begins, in Unix seconds.
    began_at: float
    #: The last that is known of it; while something goes on, when it was read.
    ended_at: float
    #: The number of the band in whose place it was published; None = it is in nobody's, or that one is not shown.
    origin: int | None
    #: How many events between the one above and this one are not shown.
    left_out: int

    @property
    def height(self) -> int:
        """The height of all of it."""
        return HEAD + len(self.lanes) * LANE + GAP

    @property
    def note(self) -> str:
        """Say what is special about it."""
        event = self.event.row.event
        if event.origin is not None:
            return f"in the place of {event.origin[:13]}…, for {event.audience} alone"
        return f"{self.left_out:,} events before it not shown" if self.left_out else ""


def bands_of(trace: Trace) -> tuple[Band, ...]:
    """Put the events of a trace below each other."""
    places = {event.row.event.event_id: number for number, event in enumerate(trace.events)}
    bands: list[Band] = []
    top = 0
    for number, event in enumerate(trace.events):
        rows = tuple(rows_of(event, trace.taken_at))
        lanes = tuple(
            Lane(name, top + HEAD + at * LANE, tuple(row for row in rows if row.step.lane == name))
            for at, name in enumerate(trace.lanes)
        )
        begun = began_at(event)
        known = [end for step in event.steps if (end := end_of(step, trace.taken_at)) is not None]
        origin = places.get(event.row.event.origin or "")
        left_out = trace.left_out if number == 1 else 0
        end = max([begun, *known])
        bands.append(Band(event, title_of(event), top, lanes, begun, end, origin, left_out))
        top += bands[-1].height
    return tuple(bands)


def rows_in(bands: Sequence[Band]) -> tuple[StepRow, ...]:
    """Give all steps: event by event, in each by time, those that are not known when last."""
    found: list[StepRow] = []
    for band in bands:
        rows = [row for lane in band.lanes for row in lane.rows]
        found += sorted(rows, key=lambda row: float("inf") if row.since_s is None else row.since_s)
    return tuple(found)


def whole_of(bands: Sequence[Band], axis: Axis) -> float:
    """Give how many seconds the axis must have."""
    if axis is Axis.CLOCK and bands:
        longest = max(band.ended_at for band in bands) - min(band.began_at for band in bands)
    else:
        longest = max((band.ended_at - band.began_at for band in bands), default=0.0)
    # A little more, so that nothing stands on the edge.
    return max(_LEAST_S, longest) * 1.02
