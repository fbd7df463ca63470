"""Single events of the outbox, found by what names them: an id, a place, a time. Each answer comes from an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, bindparam, func, select

from core.consuming.event_rows import EVENT_COLUMNS, event_of
from core.events.envelope import Event
from core.events.times import unix_seconds
from core.producing.tables import outbox
from core.storage.database import Database

#: What `event_row` reads, in its order.
ROW_COLUMNS = (outbox.c.id, outbox.c.published_at, *(outbox.c[name] for name in EVENT_COLUMNS))
_in_order = select(outbox.c.id, outbox.c.time).where(outbox.c.origin.is_(None)).order_by(outbox.c.id).limit(1)
_at_or_after = _in_order.where(outbox.c.id >= bindparam("row"))


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the outbox."""

    #: Rises with each event.
    row: int
    event: Event
    #: In Unix seconds; None = not published yet.
    published_at: float | None


class EventPlaces:
    """Finds events in the outbox of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def row_of(self, event_id: str) -> EventRow | None:
        """Read an event by its id; None = the outbox does not have it (any more)."""
        return self._one(outbox.c.event_id == event_id)

    def row_at(self, partition: int, position: int) -> EventRow | None:
        """Read the event at a place; None = the outbox does not have it (any more, or yet)."""
        return self._one(outbox.c.partition == partition, outbox.c.position == position)

    def replacements(self, event: Event) -> tuple[EventRow, ...]:
        """Read the events that operators have published in the place of one, the oldest first."""
        # By its link, which an index tells.
        same_link = outbox.c.link_id == event.link_id
        statement = select(*ROW_COLUMNS).where(same_link, outbox.c.origin == event.event_id)
        with self._database.reading() as db:
            return tuple(event_row(row) for row in db.execute(statement.order_by(outbox.c.id)))

    def row_at_time(self, at: float) -> int | None:
        """Give the first row that was committed at a time, in Unix seconds, or later; None = all are older.

        Rows are committed nearly in their order; replacements, which have the times of their originals, are passed by.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        with self._database.reading() as db:
            low = db.scalar(select(func.min(outbox.c.id)))
            high = db.scalar(select(func.max(outbox.c.id)))
            if low is None or high is None:
                return None
            found: int | None = None
            while low <= high:
                middle = (low + high) // 2
                row = db.execute(_at_or_after, {"row": middle}).one_or_none()
                if row is not None and unix_seconds(row.time) < at:
                    low = row.id + 1
                else:
                    found = found if row is None else row.id
                    high = middle - 1
        return found

    def _one(self, *conditions: ColumnElement[bool]) -> EventRow | None:
        with self._database.reading() as db:
            row = db.execute(select(*ROW_COLUMNS).where(*conditions)).one_or_none()
        return None if row is None else event_row(row)


def event_row(row: Sequence[Any]) -> EventRow:
    """Read a row of `ROW_COLUMNS`."""
    event = event_of(row[2:])
    # The table knows no position as NULL, an event as 0.
    return EventRow(row[0], msgspec.structs.replace(event, position=event.position or 0), row[1])
