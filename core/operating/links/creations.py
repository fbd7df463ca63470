"""How far the creations of links have come with each consumer: the dots of a table, read for the rows that are seen."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling, read_handlings
from core.operating.open_books import OpenBooks
from core.operating.places import Place
from core.producing.tables import links, outbox
from core.storage.database import Database

#: Databases limit the values in one statement; links are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500
#: The first event of each link is the oldest that its index has.
_first_row = select(func.min(outbox.c.id)).where(outbox.c.link_id == links.c.link_id).scalar_subquery()


def creations_of(
    database: Database, books: OpenBooks, consumers: Sequence[str], link_ids: Collection[str]
) -> dict[str, tuple[Handling, ...]]:
    """Give what each consumer has of each link's creation, in the consumers' order.

    Events that retention has removed have been dealt with by all: that is when it may.

    Raises:
        StoreUnavailable: the outbox can't be read now.
    """
    places = _places(database, link_ids)
    given = {place for place in places.values() if place is not None and place[1]}
    handlings = read_handlings(books, consumers, given)
    gone = tuple(Handling(consumer, Effect.DEALT_WITH) for consumer in consumers)
    waiting = tuple(Handling(consumer, Effect.WAITING) for consumer in consumers)
    return {
        link_id: gone if place is None else handlings.get(place, waiting) for link_id, place in places.items()
    }


def _places(database: Database, link_ids: Collection[str]) -> dict[str, Place | None]:
    """Give where the creations of links are: position 0 = not given yet; None = retention has removed it."""
    listed = list(link_ids)
    places: dict[str, Place | None] = dict.fromkeys(listed)
    with database.reading() as db:
        for start in range(0, len(listed), _LOOK_UP_AT_ONCE):
            places.update(_places_in(db, listed[start : start + _LOOK_UP_AT_ONCE]))
    return places


def _places_in(db: Connection, link_ids: list[str]) -> dict[str, Place]:
    columns = (outbox.c.link_id, outbox.c.partition, outbox.c.position)
    first_rows = select(_first_row).where(links.c.link_id.in_(link_ids))
    statement = select(*columns).where(
        outbox.c.id.in_(first_rows), outbox.c.sequence == 1, outbox.c.origin.is_(None)
    )
    return {row.link_id: (row.partition, row.position or 0) for row in db.execute(statement)}
