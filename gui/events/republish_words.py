"""What is said before an event is published again, in either meaning, and after it. No Qt here."""

from collections.abc import Collection, Mapping, Sequence
from enum import Enum

from core.broker.stream_look import Copy
from core.operating.dead_letters.effects import Effect
from core.operating.events.prospects import Prospect, Verdict
from core.operating.events.republishing import Preview, ToldAgain
from gui.formatting import plural

#: What is typed first: neither can be undone.
WORD = "republish"
_TELL = (
    "Each consumer that is ticked is told by a new event of its own. That has this one's data, time and number, names it "
    "as its origin, and counts as one event more; this one stays as it is. This can't be undone."
)
_PUT_BACK = (
    "The very same event goes back to its own place: the stream of partition {partition} is deleted, and published again "
    "from the first event on that some consumer still needs. Whoever has an event absorbs it, so nothing has its effect "
    "twice. This can't be undone."
)
_NOT_LOST = {
    Copy.THERE: "Its stream has it.",
    Copy.TRIMMED: "All consumers were past it when it was trimmed. Who needs it again reads it from the outbox by itself.",
    Copy.NOT_YET: "It was not published yet: the relay does that by itself.",
    Copy.UNKNOWN: "The broker can't be asked now.",
}
_EFFECT_ROLES = {Effect.APPLIED: "ok", Effect.DEAD: "bad", Effect.PARKED: "warn", Effect.WAITING: "muted"}


class Meaning(Enum):
    """What publishing again means; the values are the words of the choice."""

    TELL = "Tell consumers once more, by new events"
    PUT_BACK = "Put the same event back into its stream"


def title_of(seen: Preview) -> str:
    """Ask about it."""
    return f"Publish event {seen.place} again?"


def does(meaning: Meaning, seen: Preview) -> str:
    """Say what it does, exactly."""
    partition = seen.detail.row.event.partition
    return _TELL if meaning is Meaning.TELL else _PUT_BACK.format(partition=partition)


def summary(prospects: Sequence[Prospect], chosen: Collection[str]) -> str:
    """Say in one sentence what will come of it, such as `billing absorbs it; webhook will run`."""
    parts = []
    for verdict, of_one, of_several in (
        (Verdict.RUNS, "will run", "will run"),
        (Verdict.ABSORBS, "absorbs it", "absorb it"),
    ):
        names = [one.consumer for one in prospects if one.consumer in chosen and one.verdict is verdict]
        if names:
            parts.append(f"{', '.join(names)} {of_one if len(names) == 1 else of_several}")
    others = [one.consumer for one in prospects if one.consumer not in chosen]
    if parts and others:
        parts.append(f"{', '.join(others)} will not hear of it")
    return "; ".join(parts)


def verb(meaning: Meaning, number: int) -> str:
    """Say what the button does."""
    return "Put it back" if meaning is Meaning.PUT_BACK else f"Publish {plural(number, 'new event')}"


def why_not(meaning: Meaning, seen: Preview | None, chosen: Collection[str], typed: str) -> str:
    """Say why it can't be done yet; empty = it can."""
    if seen is None:
        return "It is not read yet who has it."
    if meaning is Meaning.PUT_BACK and not seen.is_lost:
        return f"There is nothing to be put back. {_NOT_LOST[seen.detail.copy]}"
    if meaning is Meaning.TELL and not chosen:
        return "Tick a consumer first."
    return "" if typed.strip() == WORD else f"Type {WORD} first: this can't be undone."


def outcome_of(told: ToldAgain, effects: Mapping[str, Effect]) -> tuple[str, str]:
    """Say what has come of a new event so far, and in which role that is told."""
    effect = effects.get(told.consumer, Effect.WAITING)
    what = "it has not come to it yet" if effect is Effect.WAITING else str(effect)
    return f"{told.consumer}: told by event {told.event_id}: {what}", _EFFECT_ROLES.get(effect, "text")


def put_back_words(partition: int, copy: Copy) -> tuple[str, str]:
    """Say how far the stream is, and in which role that is told."""
    said = f"The stream of partition {partition} is published anew"
    if copy is Copy.THERE:
        return f"{said}, and has the event.", "ok"
    if copy is Copy.TRIMMED:
        return f"{said}, from behind the event on: all consumers have dealt with it.", "ok"
    return f"{said}; of the event it is said: {copy}.", "muted"
