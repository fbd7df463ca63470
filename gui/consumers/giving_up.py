"""Events given up from the window: what it does, said beforehand, and what came of it. No Qt here."""

from collections.abc import Sequence

from core.operating.consumer_detail import ConsumerDetail, FlightDetail, KeyDetail
from core.operating.desk import Desk
from core.operating.outcomes import Outcome
from gui.consumers.acts import PATIENCE_S
from gui.formatting import plural
from gui.parts.act_dialog import Plan, Result

_WHY = "Why it is given up; stands with the dead letter"
_LATER = "Later events of its link wait behind it or go on, as the policy of the consumer says."
_BACK = "It can be retried, put right or discarded on the page Dead letters. Other consumers notice nothing."


def giveable(keys: Sequence[KeyDetail]) -> tuple[KeyDetail, ...]:
    """Leave out the links that wait behind a dead letter already."""
    return tuple(one for one in keys if not one.key.is_held)


def why_no_key(selected: Sequence[KeyDetail]) -> str:
    """Say why no event of the selected links can be given up; empty = some can."""
    if not selected:
        return "Select parked links first: their first events are given up."
    return "" if giveable(selected) else "It waits behind a dead letter already: decide about that one."


def why_no_flight(selected: Sequence[FlightDetail], detail: ConsumerDetail | None) -> str:
    """Say why the selected event in flight can't be given up; empty = it can."""
    if len(selected) != 1 or detail is None:
        return "Select one event in flight first."
    (flight,) = selected
    if flight.event is None:
        return "The outbox has removed its event: it can't be kept as a dead letter."
    place = f"{flight.partition}/{flight.position}"
    reached = next((part.position for part in detail.partitions if part.partition == flight.partition), None)
    is_settled = reached is None or flight.position <= reached
    return f"{place} has been dealt with: it only waits to be acknowledged." if is_settled else ""


def keys_plan(consumer: str, keys: Sequence[KeyDetail]) -> Plan:
    """Say what it does to give up the first events of parked links."""
    given_up, held = giveable(keys), len(keys) - len(giveable(keys))
    first = given_up[0].key
    does = (
        f"The first event of {given_up[0].slug or first.link_id} becomes a dead letter at once, after "
        f"{plural(first.attempts, 'attempt')} and whatever were left."
        if len(given_up) == 1
        else "The first event of each becomes a dead letter at once, whatever attempts were left."
    )
    waits = (f"{plural(held, 'link')} behind dead letters already: left as they are.",) if held else ()
    title = f"Dead-letter the first event of {plural(len(given_up), 'parked link')} of {consumer}?"
    return Plan(title, does, (_LATER, _BACK, *waits), "Dead-letter now", why=_WHY)


def flight_plan(consumer: str, flight: FlightDetail) -> Plan:
    """Say what it does to give up an event in flight."""
    place = f"{flight.partition}/{flight.position}"
    scope = (
        "Whoever has it in hand does so between two batches: one that hangs has to be repaired or taken over first. "
        "If the event is applied before, nothing happens.",
        _LATER,
        _BACK,
    )
    return Plan(
        f"Dead-letter {place} of {consumer}?",
        f"The event at {place} becomes a dead letter without another attempt, and {consumer} goes on behind it.",
        scope,
        "Dead-letter now",
        why=_WHY,
    )


def give_up_keys(keys: Sequence[KeyDetail], why: str, desk: Desk) -> list[Result]:
    """Ask for the first events of links to be given up, and wait for what comes of it.

    Raises:
        InvalidInput, StoreUnavailable: some may have been asked for; asking again is harmless.
    """
    given_up = giveable(keys)
    asked = [desk.dead_letters.dead_letter_key(one.key, why=why) for one in given_up]
    outcomes = desk.dead_letters.outcomes(asked, within_s=PATIENCE_S)
    return [
        _result(one.slug or one.key.link_id, outcome) for one, outcome in zip(given_up, outcomes, strict=True)
    ]


def give_up_flight(consumer: str, flight: FlightDetail, why: str, desk: Desk) -> list[Result]:
    """Ask for an event in flight to be given up, and wait for what comes of it.

    Raises:
        NotFound, InvalidInput, StoreUnavailable: nothing was asked.
    """
    assert flight.event is not None
    asked = desk.dead_letters.dead_letter_event(consumer, flight.event, why=why)
    (outcome,) = desk.dead_letters.outcomes([asked], within_s=PATIENCE_S)
    return [_result(f"{flight.partition}/{flight.position}", outcome)]


def _result(name: str, outcome: Outcome) -> Result:
    return Result(name, not outcome.failed, outcome.outcome)
