"""The worst that each consumer has of any event of a link: the dots of a table, read for the rows that are seen.

Dead letters and parked events are few and found by their link; whether a consumer has come to all events of a link follows
from its newest one. So nothing is read for each event of a link, however often it was clicked.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, func, literal_column, select

from core.consuming.tables import dead_letters, parked, parked_keys, watermarks
from core.errors import StoreUnavailable
from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling
from core.operating.open_books import OpenBooks
from core.producing.tables import links, outbox
from core.storage.database import Database

#: Databases limit the values in one statement; links are looked up in pieces of this size.
_AT_ONCE = 500
#: What is shown of a link before everything that comes after it here; what is not named here is in order.
_WORST_FIRST = (Effect.DEAD, Effect.PARKED, Effect.UNKNOWN, Effect.WAITING)
_newest_row = select(func.max(outbox.c.id)).where(outbox.c.link_id == links.c.link_id).scalar_subquery()


@dataclass(frozen=True, slots=True)
class Standing:
    """The worst that one consumer has of any event of a link."""

    consumer: str
    effect: Effect
    #: What it has of the link's creation.
    creation: Handling
    #: The type of the event that stands so, the first one; None = it is the creation.
    type_name: str | None = None
    #: How many of the link's events stand so; 0 = that was not counted.
    events: int = 0
    #: How it failed, and when it is tried again, in Unix seconds; None = it has not failed, or not before somebody decides.
    error: str | None = None
    next_attempt_at: float | None = None


def standings_of(
    database: Database, books: OpenBooks, creations: Mapping[str, tuple[Handling, ...]]
) -> dict[str, tuple[Standing, ...]]:
    """Give how each link stands with each consumer, in the order in which their creations are given.

    Raises:
        StoreUnavailable: the outbox can't be read now.
    """
    newest = _newest(database, creations)
    consumers = [each.consumer for each in next(iter(creations.values()), ())]
    later = {consumer: _later(books, consumer, creations, newest) for consumer in consumers}
    return {
        link_id: tuple(_worst(handling, later[handling.consumer].get(link_id)) for handling in handlings)
        for link_id, handlings in creations.items()
    }


def _worst(creation: Handling, later: Standing | None) -> Standing:
    if later is not None and _rank(later.effect) < _rank(creation.effect):
        return replace(later, creation=creation)
    return Standing(creation.consumer, creation.effect, creation)


def _rank(effect: Effect) -> int:
    return _WORST_FIRST.index(effect) if effect in _WORST_FIRST else len(_WORST_FIRST)


def _newest(database: Database, link_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Read the newest event of each link, where the outbox still has one."""
    columns = (outbox.c.link_id, outbox.c.type, outbox.c.partition, outbox.c.position)
    found: dict[str, Row[Any]] = {}
    with database.reading() as db:
        for piece in _pieces(link_ids):
            rows = select(_newest_row).where(links.c.link_id.in_(piece))
            found.update(
                {row.link_id: row for row in db.execute(select(*columns).where(outbox.c.id.in_(rows)))}
            )
    return found


def _later(
    books: OpenBooks, consumer: str, link_ids: Collection[str], newest: Mapping[str, Row[Any]]
) -> dict[str, Standing]:
    """Give the links with an event that is dead, waits for its link, or was not come to; what can't be read is left out."""
    try:
        with books.reading(consumer, dead_letters.name, parked.name, parked_keys.name) as db:
            return {} if db is None else _read(db, consumer, link_ids, newest)
    except StoreUnavailable:
        return {}


def _read(
    db: Connection, consumer: str, link_ids: Collection[str], newest: Mapping[str, Row[Any]]
) -> dict[str, Standing]:
    reached = {row.partition: row.position for row in db.execute(select(watermarks))}
    found = {
        link_id: _standing(consumer, Effect.WAITING, row.type)
        for link_id, row in newest.items()
        if not row.position or row.position > reached.get(row.partition, 0)
    }
    for piece in _pieces(link_ids):
        found.update(_parked(db, consumer, piece))
        found.update(_dead(db, consumer, piece))
    return found


def _parked(db: Connection, consumer: str, link_ids: Sequence[str]) -> dict[str, Standing]:
    """Give the links whose events wait; those are counted by their index, since a hundred thousand may wait for one link."""
    names = (parked_keys.c.link_id, parked_keys.c.error, parked_keys.c.next_attempt_at)
    keys = {row.link_id: row for row in db.execute(select(*names).where(names[0].in_(link_ids)))}
    if not keys:
        return {}
    first, number = func.min(parked.c.position).label("first"), func.count().label("events")
    of = parked.c.link_id
    counts = select(of, first, number).where(of.in_(list(keys))).group_by(of).subquery()
    rows = db.execute(
        select(of, parked.c.type, counts.c.events).join(
            counts, (of == counts.c.link_id) & (parked.c.position == counts.c.first)
        )
    )
    return {
        row.link_id: replace(
            _standing(consumer, Effect.PARKED, row.type),
            events=row.events,
            error=keys[row.link_id].error,
            next_attempt_at=keys[row.link_id].next_attempt_at,
        )
        for row in rows
    }


def _dead(db: Connection, consumer: str, link_ids: Sequence[str]) -> dict[str, Standing]:
    columns = (dead_letters.c.link_id, dead_letters.c.type, dead_letters.c.error)
    # Written so that the index of those that wait for a decision is used.
    waiting = dead_letters.c.state == literal_column("'dead'")
    of_these = select(*columns).where(waiting, dead_letters.c.link_id.in_(link_ids))
    found: dict[str, Standing] = {}
    for row in db.execute(of_these.order_by(dead_letters.c.position)):
        first = found.get(row.link_id) or replace(_standing(consumer, Effect.DEAD, row.type), error=row.error)
        found[row.link_id] = replace(first, events=first.events + 1)
    return found


def _standing(consumer: str, effect: Effect, type_name: str) -> Standing:
    return Standing(consumer, effect, Handling(consumer, effect), type_name)


def _pieces(link_ids: Collection[str]) -> Iterator[list[str]]:
    listed = list(link_ids)
    for start in range(0, len(listed), _AT_ONCE):
        yield listed[start : start + _AT_ONCE]
