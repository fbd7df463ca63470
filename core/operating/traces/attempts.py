"""The failed attempts at events that are on record, from the consumers' own tables."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.consuming.tables import failed_attempts
from core.errors import StoreUnavailable
from core.operating.open_books import OpenBooks
from core.operating.places import Place, in_pieces


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """One attempt of a consumer at an event; its time, in Unix seconds, is that of its failure."""

    #: From 1. Of an event that fails for ever only the first and the newest are on record.
    number: int
    at: float
    #: "transient", "poison" or "crash".
    error_class: str
    error: str
    #: None = it is not known: the attempt did not come to an end.
    worker: str | None
    #: Whether the event became a dead letter by it.
    gave_up: bool = False


Attempts = dict[Place, tuple[FailedAttempt, ...]]


def attempts_at(db: Connection, places: Collection[Place]) -> Attempts:
    """Read the attempts at the events of some places, in their order; places without any are left out."""
    columns = failed_attempts.c
    found: Attempts = {}
    for partition, positions in in_pieces(places):
        statement = select(failed_attempts).where(
            columns.partition == partition, columns.position.in_(positions)
        )
        for row in db.execute(statement.order_by(columns.position, columns.number)):
            attempt = FailedAttempt(
                row.number, row.failed_at, row.error_class, row.error, row.worker or None, bool(row.gave_up)
            )
            place = (partition, row.position)
            found[place] = (*found.get(place, ()), attempt)
    return found


def attempts_of(
    books: OpenBooks, consumers: Collection[str], places: Collection[Place]
) -> dict[str, Attempts]:
    """Give, by consumer, the attempts at the events of some places; none while its database can't be read.

    A database that no worker of this version has opened yet has none.
    """
    found: dict[str, Attempts] = {}
    for consumer in consumers:
        try:
            with books.reading(consumer, failed_attempts.name) as db:
                found[consumer] = {} if db is None else attempts_at(db, places)
        except StoreUnavailable:
            found[consumer] = {}
    return found
