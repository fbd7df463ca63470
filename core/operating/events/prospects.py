"""What would come of an event if a consumer were told of it once more: said before anything is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from core.consuming.contract import Consumer
from core.events.envelope import Event
from core.operating.dead_letters.effects import Effect


class Verdict(StrEnum):
    """What would come of it; the values are the words of the command line's JSON."""

    #: There would be an effect that is not there yet.
    RUNS = "runs"
    #: Its effect is there: nothing would change.
    ABSORBS = "absorbs"
    #: It does not react to such events.
    PASSES_BY = "passes by"
    #: It must not be told once more now.
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Prospect:
    """What would come of an event in one consumer."""

    consumer: str
    #: What it has of the event.
    effect: Effect
    verdict: Verdict
    #: The verdict and its reason, to be read behind the consumer's name.
    text: str
    #: The events that it was told of in this one's place before, the oldest first.
    before: tuple[str, ...]

    @property
    def may_be_told(self) -> bool:
        """Whether it may be told once more."""
        return self.verdict in (Verdict.RUNS, Verdict.ABSORBS)


#: What a consumer has of an event while it must not be told of it once more: it would have the effect twice.
_NOT_NOW = {
    Effect.WAITING: "has not come to it yet, and gets it by itself",
    Effect.PARKED: "has it parked, and tries it again by itself",
    Effect.DEAD: "has it dead: retry or edit the dead letter",
    Effect.UNKNOWN: "can't be asked now what it has of it",
}
_COUNTED = "has counted it: told once more it would count what never happened"
_COUNTED_BY_ANOTHER = (
    "has given it up, and counts another event in its place: told once more it would count it twice"
)


def prospect(
    name: str,
    consumer: Consumer | None,
    event: Event,
    effect: Effect,
    before: Sequence[str],
    *,
    position: int,
) -> Prospect:
    """Say what a consumer would do with a new event that has this one's data, at a position behind all others.

    `consumer` is None where this program does not have it. The event's data fits its type.
    """
    verdict, text = _judge(consumer, event, effect, before, position)
    if before:
        text += f"; told again before, last by {before[-1]}"
    return Prospect(name, effect, verdict, text, tuple(before))


def _judge(
    consumer: Consumer | None, event: Event, effect: Effect, before: Sequence[str], position: int
) -> tuple[Verdict, str]:
    if consumer is None:
        return Verdict.REFUSED, "is no consumer of this program: nobody knows here what it would do"
    if event.type not in {data.type_name for data in consumer.handles}:
        return Verdict.PASSES_BY, f"does not react to {event.type}"
    if event.audience not in (None, consumer.name):
        return Verdict.PASSES_BY, f"passes it by: it is for {event.audience} alone"
    if effect in _NOT_NOW:
        return Verdict.REFUSED, _NOT_NOW[effect]
    if effect is Effect.DISCARDED:
        if before and event.sequence is None:
            return Verdict.REFUSED, _COUNTED_BY_ANOTHER
        return Verdict.RUNS, "has given it up, and will run"
    if event.sequence is None:
        return Verdict.REFUSED, _COUNTED
    return _repeat(consumer, event, position)


def _repeat(consumer: Consumer, event: Event, position: int) -> tuple[Verdict, str]:
    """Compare the effects that the event has had with those that a new one would have: the ledger knows both."""
    audit = consumer.audit()
    again = msgspec.structs.replace(event, event_id=f"{event.event_id} again", position=position)
    wanted = set(audit.effects_of(again))
    more = len(wanted.difference(audit.effects_of(event)))
    if more:
        return (
            Verdict.RUNS,
            f"has its effect, and will run again: {more} more effect{'' if more == 1 else 's'}",
        )
    if wanted:
        return Verdict.ABSORBS, "has its effect, and absorbs it: nothing changes"
    return Verdict.ABSORBS, "has nobody to tell: nothing changes"
