"""Which links are not through: those with an event that some consumer has yet to deal with, or failed at.

Asked in one condition for the links' own database: how far a consumer is stands in its watermarks, and what failed is few.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Dialect,
    and_,
    cast,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB

from core.consuming.tables import dead_letters, parked_keys, watermarks
from core.errors import NotFound
from core.operating.open_books import OpenBooks
from core.producing.tables import links, outbox


@dataclass(frozen=True, slots=True)
class JourneyFilter:
    """Only links of which an event is not through."""

    #: Whose part of the journey is meant; None = anybody's.
    consumer: str | None = None
    #: Only where it failed: what is dead, or parked until its next attempt. Else whatever is not applied.
    failed: bool = False


def unfinished(
    wanted: JourneyFilter, books: OpenBooks, consumers: Collection[str], partitions: int, dialect: Dialect
) -> ColumnElement[bool]:
    """Give the condition that a link has to fit, as things are now.

    Raises:
        NotFound: there is no such consumer.
        StoreUnavailable: a consumer that is meant can't be read now, so that nobody knows.
    """
    if wanted.consumer is not None and wanted.consumer not in consumers:
        known = ", ".join(consumers) or "none"
        raise NotFound(f"There is no consumer {wanted.consumer[:80]!r}. There are: {known}.")
    failed: set[str] = set()
    #: Per partition, how far each of them is at least; a consumer that has never run is nowhere.
    reached: list[Mapping[int, int]] = []
    for name in consumers if wanted.consumer is None else (wanted.consumer,):
        with books.reading(name, dead_letters.name, parked_keys.name) as db:
            reached.append({} if db is None else _reached(db))
            failed |= set() if db is None else _failed(db)
    is_failed = _is_one_of(failed, dialect)
    return is_failed if wanted.failed else or_(is_failed, _waits(reached, partitions))


def _reached(db: Connection) -> dict[int, int]:
    return {row.partition: row.position for row in db.execute(select(watermarks))}


def _failed(db: Connection) -> set[str]:
    # Written so that the index of those that wait for a decision is used.
    dead = select(dead_letters.c.link_id).where(dead_letters.c.state == literal_column("'dead'"))
    return {*db.scalars(dead), *db.scalars(select(parked_keys.c.link_id))}


def _is_one_of(link_ids: Collection[str], dialect: Dialect) -> ColumnElement[bool]:
    """Compare with any number of ids: a list in JSON is one value, however long."""
    listed: Any = literal(json.dumps(sorted(link_ids)))
    if dialect.name == "postgresql":
        each = func.jsonb_array_elements_text(cast(listed, JSONB)).table_valued("value")
    else:
        each = func.json_each(listed).table_valued("value")
    return links.c.link_id.in_(select(each.c.value))


def _waits(reached: Sequence[Mapping[int, int]], partitions: int) -> ColumnElement[bool]:
    """Whether the slowest of them has yet to come to an event of a link; one without a position waits for the relay."""
    floors = {
        number: min((each.get(number, 0) for each in reached), default=0) for number in range(partitions)
    }
    # One piece a partition, so that an index has each of them.
    behind = (
        and_(outbox.c.partition == number, outbox.c.position > floor) for number, floor in floors.items()
    )
    waiting = select(outbox.c.link_id).where(or_(outbox.c.position.is_(None), *behind))
    return links.c.link_id.in_(waiting)
