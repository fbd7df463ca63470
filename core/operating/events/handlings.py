"""What each consumer has of some events: found by their places, in the consumers' own tables, many at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, select

from core.consuming.tables import dead_letters, inbox, parked, parked_keys, watermarks
from core.errors import StoreUnavailable
from core.operating.dead_letters.effects import Effect
from core.operating.open_books import OpenBooks
from core.operating.places import Place, at_places
from core.operating.rebuilds import is_again

_FAILURE = ("error_class", "error", "attempts", "first_failed_at", "last_failed_at")
_DEAD = (*_FAILURE, "worker", "state", "retries", "decided_by", "decided_at", "why", "replaced_by")
_TABLES = (inbox.name, parked.name, parked_keys.name, dead_letters.name)
_AFTER_DEATH = {"discarded": Effect.DISCARDED, "applied": Effect.APPLIED}


@dataclass(frozen=True, slots=True)
class Trouble:
    """How an event failed in a consumer, or what it waits behind; times in Unix seconds."""

    #: "transient", "poison", "crash", "foreign", or "held" (behind a dead letter).
    error_class: str
    error: str
    attempts: int
    first_failed_at: float
    last_failed_at: float
    #: None = not before an operator decides, or never again.
    next_attempt_at: float | None = None
    #: Whether it is another event of the same link that has failed, behind which this one waits.
    is_behind: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What has become of a dead letter; times in Unix seconds."""

    #: "dead", "retrying", "applied" or "discarded".
    state: str
    #: How often operators have had it tried again.
    retries: int
    by: str | None
    at: float | None
    why: str | None
    #: The event that was published in its place.
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class Handling:
    """What one consumer has of one event; times in Unix seconds."""

    consumer: str
    effect: Effect
    #: When its receipt was written or it was parked; None = neither.
    at: float | None = None
    worker: str | None = None
    trouble: Trouble | None = None
    #: Only of an event that is or was a dead letter.
    decision: Decision | None = None
    #: Only of an event with a receipt: when the consumer was rebuilt last; None = never.
    rebuilt_at: float | None = None

    def is_again(self, committed_at: float) -> bool:
        """Whether a rebuild has written the receipt, of an event that was committed at this time."""
        return self.at is not None and is_again(committed_at, self.at, self.rebuilt_at)

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is to come of it by itself."""
        return self.effect not in (Effect.WAITING, Effect.PARKED, Effect.UNKNOWN)

    @property
    def was_retried(self) -> bool:
        """Whether it was applied only after it had been a dead letter."""
        return self.effect is Effect.APPLIED and self.decision is not None


def read_handlings(
    books: OpenBooks, consumers: Collection[str], places: Collection[Place]
) -> dict[Place, tuple[Handling, ...]]:
    """Give, for each place, what each consumer has of the event there, in the consumers' order.

    A consumer whose database can't be read now has `Effect.UNKNOWN` of everything.
    """
    wanted = sorted(set(places))
    by_consumer = {consumer: _handlings(books, consumer, wanted) for consumer in consumers}
    return {place: tuple(found[place] for found in by_consumer.values()) for place in wanted}


def _handlings(books: OpenBooks, consumer: str, places: Collection[Place]) -> dict[Place, Handling]:
    if not places:
        return {}
    try:
        with books.reading(consumer, *_TABLES) as db:
            if db is None:
                return {place: Handling(consumer, Effect.WAITING) for place in places}
            reader = _Reader(consumer, db, places, books.rebuilt_at(consumer))
            return {place: reader.handling(place) for place in places}
    except StoreUnavailable:
        return {place: Handling(consumer, Effect.UNKNOWN) for place in places}


class _Reader:
    """One consumer's rows at some places. Watermarks come first, so that what they say is there is there."""

    def __init__(
        self, consumer: str, db: Connection, places: Collection[Place], rebuilt_at: float | None
    ) -> None:
        self._consumer, self._rebuilt_at = consumer, rebuilt_at
        rows = db.execute(select(watermarks.c.partition, watermarks.c.position))
        self._reached: dict[int, int] = {row.partition: row.position for row in rows}
        self._receipts = at_places(db, inbox, ("outcome", "applied_at", "worker"), places)
        # Only places behind which a watermark stands and that have no receipt can be in trouble; operators give events up
        # before it is their turn, too.
        rest = [place for place in places if place not in self._receipts]
        reached = [place for place in rest if self._is_reached(place)]
        self._parked = at_places(db, parked, ("link_id", "parked_at"), reached)
        retried = [place for place, row in self._receipts.items() if row.outcome == "retried"]
        self._dead = at_places(db, dead_letters, _DEAD, [*(place for place in rest if place[1]), *retried])
        self._keys = _keys(db, {row.link_id for row in self._parked.values()})
        self._firsts = _firsts(db, self._keys)

    def handling(self, place: Place) -> Handling:
        if place in self._receipts:
            return self._receipt(place)
        if place in self._parked:
            return self._waiting(place)
        if place in self._dead:
            letter = self._dead[place]
            # The receipt of one that was applied in the end may have been removed since.
            effect = _AFTER_DEATH.get(letter.state, Effect.DEAD)
            trouble = Trouble(*(getattr(letter, name) for name in _FAILURE))
            return Handling(
                self._consumer, effect, worker=letter.worker, trouble=trouble, decision=_decision(letter)
            )
        return Handling(self._consumer, Effect.DEALT_WITH if self._is_reached(place) else Effect.WAITING)

    def _receipt(self, place: Place) -> Handling:
        row, letter = self._receipts[place], self._dead.get(place)
        effect = Effect.IGNORED if row.outcome == "ignored" else Effect.APPLIED
        trouble = None if letter is None else Trouble(*(getattr(letter, name) for name in _FAILURE))
        decision = None if letter is None else _decision(letter)
        return Handling(
            self._consumer, effect, row.applied_at, row.worker, trouble, decision, self._rebuilt_at
        )

    def _waiting(self, place: Place) -> Handling:
        row = self._parked[place]
        key, letter = self._keys.get(row.link_id), self._dead.get(place)
        trouble = None
        if key is not None:
            is_behind = key.error_class == "held" or self._firsts.get(row.link_id) != place[1]
            trouble = Trouble(*(getattr(key, name) for name in _FAILURE))
            trouble = replace(trouble, next_attempt_at=key.next_attempt_at, is_behind=is_behind)
        decision = None if letter is None else _decision(letter)
        return Handling(self._consumer, Effect.PARKED, row.parked_at, None, trouble, decision)

    def _is_reached(self, place: Place) -> bool:
        # Entries of strangers have positions below 0; events that wait for theirs have 0.
        partition, position = place
        return position != 0 and position <= self._reached.get(partition, 0)


def _decision(letter: Row[Any]) -> Decision:
    return Decision(
        letter.state, letter.retries, letter.decided_by, letter.decided_at, letter.why, letter.replaced_by
    )


def _keys(db: Connection, link_ids: Collection[str]) -> Mapping[str, Row[Any]]:
    columns = (parked_keys.c.link_id, *(parked_keys.c[name] for name in (*_FAILURE, "next_attempt_at")))
    found: dict[str, Row[Any]] = {}
    for link_id in link_ids:
        found.update({row.link_id: row for row in db.execute(select(*columns).where(columns[0] == link_id))})
    return found


def _firsts(db: Connection, link_ids: Collection[str]) -> dict[str, int]:
    """Give the position of the event of each link that is tried first, in the order in which workers try them."""
    statement = select(parked.c.position).order_by(parked.c.origin.is_(None), parked.c.position).limit(1)
    found = {}
    for link_id in link_ids:
        position = db.scalar(statement.where(parked.c.link_id == link_id))
        if position is not None:
            found[link_id] = position
    return found
