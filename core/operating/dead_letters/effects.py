"""Which consumers have done what with an event: read from their receipts, before an operator decides about it."""

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from sqlalchemy import Connection, func, select

from core.consuming.tables import dead_letters, inbox, parked, watermarks
from core.errors import StoreUnavailable
from core.operating.dead_letters.rows import DeadLetter, DeadLetterRows
from core.operating.places import Place, at_places


class Effect(StrEnum):
    """What a consumer has of an event; the values are the words of the command line's JSON."""

    APPLIED = "applied"
    #: Not a type that it handles, or addressed to another consumer.
    IGNORED = "ignored"
    #: It has not come to it yet.
    WAITING = "waiting"
    PARKED = "parked"
    DEAD = "dead"
    DISCARDED = "discarded"
    #: It is past it, and its receipt has been removed since.
    DEALT_WITH = "dealt with"
    #: Its database can't be read now.
    UNKNOWN = "unknown"


def effects_of(
    rows: DeadLetterRows, consumers: Collection[str], letters: Sequence[DeadLetter]
) -> list[dict[str, Effect]]:
    """Give, for each dead letter, what every other consumer has of its event."""
    places = sorted({(letter.event.partition, letter.event.position) for letter in letters})
    found = {consumer: _effects(rows, consumer, places) for consumer in consumers}
    return [
        {
            consumer: effects[letter.event.partition, letter.event.position]
            for consumer, effects in found.items()
            if consumer != letter.consumer
        }
        for letter in letters
    ]


def waiting_behind(rows: DeadLetterRows, letters: Sequence[DeadLetter]) -> list[int]:
    """Count, for each dead letter, the events of its link that wait in its consumer: a decision lets them go on.

    Raises:
        StoreUnavailable: a consumer's database can't be read now.
    """
    counts: dict[tuple[str, str], int] = {}
    statement = select(parked.c.link_id, func.count()).group_by(parked.c.link_id)
    for consumer in sorted({letter.consumer for letter in letters}):
        with rows.reading(consumer) as db:
            if db is not None:
                counts.update({(consumer, link_id): count for link_id, count in db.execute(statement)})
    return [counts.get((letter.consumer, letter.event.link_id), 0) for letter in letters]


def _effects(rows: DeadLetterRows, consumer: str, places: Sequence[Place]) -> dict[Place, Effect]:
    try:
        with rows.reading(consumer) as db:
            if db is None:
                return dict.fromkeys(places, Effect.WAITING)
            return _read(db, places)
    except StoreUnavailable:
        return dict.fromkeys(places, Effect.UNKNOWN)


def _read(db: Connection, places: Sequence[Place]) -> dict[Place, Effect]:
    reached = {row.partition: row.position for row in db.execute(select(watermarks))}
    receipts = {place: row.outcome for place, row in at_places(db, inbox, ["outcome"], places).items()}
    dead = {place: row.state for place, row in at_places(db, dead_letters, ["state"], places).items()}
    waiting = at_places(db, parked, ["event_id"], places).keys()
    return {place: _effect(place, receipts, dead, waiting, reached) for place in places}


def _effect(
    place: Place,
    receipts: Mapping[Place, str],
    dead: Mapping[Place, str],
    waiting: Collection[Place],
    reached: Mapping[int, int],
) -> Effect:
    if place in receipts:
        return Effect.IGNORED if receipts[place] == "ignored" else Effect.APPLIED
    if place in waiting:
        return Effect.PARKED
    if place in dead:
        return Effect.DISCARDED if dead[place] == "discarded" else Effect.DEAD
    partition, position = place
    return Effect.DEALT_WITH if position <= reached.get(partition, 0) else Effect.WAITING
