"""A journey as the table shows it: one station per step, each either reached or waiting, and why. No Qt here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from core.operating.snapshot import ConsumerState, Journey
from gui.formatting import clock, milliseconds
from gui.tokens import Tone

#: What a waiting station says, by the state of its consumer; in any other state it just waits.
_REASONS = {
    ConsumerState.PAUSED: ("paused", Tone.NEUTRAL),
    ConsumerState.PAUSING: ("pausing", Tone.NEUTRAL),
    ConsumerState.FAILING: ("failing", Tone.BAD),
    ConsumerState.STOPPED: ("stopped", Tone.BAD),
}
#: What a station says whose receipt a rebuild has written.
_AGAIN = "rebuilt"
#: How what a consumer has made of it instead is coloured, whatever the consumer does now.
_TROUBLES = {
    "parked": Tone.WARN,
    "retrying": Tone.WARN,
    "dead": Tone.BAD,
    "discarded": Tone.NEUTRAL,
}


@dataclass(frozen=True, slots=True)
class Station:
    """One step of a journey."""

    name: str
    reached: bool
    #: Under the mark: a time when reached, else why it is not.
    text: str
    tone: Tone

    @property
    def spoken(self) -> str:
        """What a screen reader says."""
        return f"{self.name} {'done after ' if self.reached and self.text != _AGAIN else ''}{self.text}"


@dataclass(frozen=True, slots=True)
class JourneyRow:
    """One link's journey."""

    journey: Journey
    stations: tuple[Station, ...]
    total: str
    consistent: bool

    @property
    def is_over(self) -> bool:
        """Whether nothing of it can change any more; a receipt may be seen before the publishing is noted."""
        return all(station.reached for station in self.stations)

    @property
    def link_id(self) -> str:
        """What the row is followed by."""
        return self.journey.link_id


def journey_row(journey: Journey, states: Mapping[str, ConsumerState]) -> JourneyRow:
    """Make a row; `states` are the consumers' present ones, the reason why something waits that is published."""
    created = Station("created", True, clock(journey.created_at), Tone.OK)
    published = _station("published", journey.published_ms, None)
    is_out = journey.published_ms is not None
    troubles = dict(journey.troubles)
    consumers = [
        _trouble(name, troubles[name])
        if ms is None and name in troubles
        else _station(name, ms, states.get(name) if is_out else None)
        for name, ms in journey.applied_ms
    ]
    done = sum(station.reached for station in consumers)
    consumers = [
        replace(station, text=_AGAIN) if station.name in journey.rebuilt else station for station in consumers
    ]
    consistent = journey.consistent_ms is not None or (bool(journey.rebuilt) and done == len(consumers))
    total = (
        f"{done} of {len(consumers)}"
        if journey.consistent_ms is None
        else milliseconds(journey.consistent_ms)
    )
    return JourneyRow(journey, (created, published, *consumers), total, consistent)


def _trouble(name: str, word: str) -> Station:
    return Station(name, False, word, _TROUBLES.get(word, Tone.WARN))


def _station(name: str, ms: float | None, state: ConsumerState | None) -> Station:
    if ms is not None:
        return Station(name, True, milliseconds(ms), Tone.OK)
    text, tone = _REASONS.get(state, ("waiting", Tone.WARN)) if state else ("waiting", Tone.WARN)
    return Station(name, False, text, tone)


def journey_rows(
    journeys: Sequence[Journey], states: Mapping[str, ConsumerState], before: Sequence[JourneyRow]
) -> list[JourneyRow]:
    """Make all rows; a completed journey keeps its row, so that nothing is compared or painted twice."""
    kept = {row.journey.event_id: row for row in before if row.is_over}
    return [kept.get(journey.event_id) or journey_row(journey, states) for journey in journeys]
