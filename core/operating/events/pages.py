"""Pages of the outbox, newest first, by filters. No page looks at more rows than it says: what no index answers is looked
for in portions, and the page tells how far it has come, so that whoever asked goes on or stops.

Rows are numbered by the order of the outbox, not by position: an event has a row before it has a position.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    UnaryExpression,
    cast,
    func,
    literal_column,
    select,
)

from core.events.times import unix_seconds
from core.operating.events.places import ROW_COLUMNS, EventRow, event_row
from core.producing.tables import TRACE_OF_OUTBOX, outbox
from core.storage.database import Database

#: Rows looked at in one statement: some milliseconds, after which a stop is heard.
_PORTION = 5_000
#: Rows that one page looks at, unless told otherwise.
LOOK_AT = 100_000

_trace = literal_column(TRACE_OF_OUTBOX, Text)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events are meant: those to which all of it applies; None or "" = whatever."""

    types: tuple[str, ...] = ()
    link_id: str | None = None
    trace_id: str | None = None
    #: A part of the payload as it is written, whatever the case of its ASCII letters.
    text: str = ""

    @property
    def needs_looking(self) -> bool:
        """Whether rows have to be looked through, since no index tells them."""
        return bool(self.types or self.text)

    def indexed(self) -> list[ColumnElement[bool]]:
        """Give the part of it that an index tells."""
        conditions: list[ColumnElement[bool]] = []
        if self.link_id is not None:
            conditions.append(outbox.c.link_id == self.link_id)
        if self.trace_id is not None:
            conditions.append(_trace == self.trace_id)
        return conditions


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first, and how far was looked for them."""

    rows: tuple[EventRow, ...]
    #: To be given to the next page in the same direction.
    goes_on_at: int | None
    #: Whether there is nothing more in this direction.
    is_end: bool
    #: How many events were looked at; as many as were found where an index tells them.
    looked_at: int
    #: When the last event that was looked at was committed, in Unix seconds; None = none was.
    reached: float | None


@dataclass(frozen=True, slots=True)
class _Way:
    """Rows behind `start` (None = all), seen in one direction."""

    start: int | None
    to_newer: bool

    def conditions(self, upto: int | None = None) -> list[ColumnElement[bool]]:
        """Say which rows these are; `upto` = no further than that one."""
        conditions = []
        if self.start is not None:
            conditions.append(outbox.c.id > self.start if self.to_newer else outbox.c.id < self.start)
        if upto is not None:
            conditions.append(outbox.c.id <= upto if self.to_newer else outbox.c.id >= upto)
        return conditions

    @property
    def order(self) -> UnaryExpression[int]:
        return outbox.c.id.asc() if self.to_newer else outbox.c.id.desc()

    def is_within(self, number: int, end: int) -> bool:
        """Whether a row is not behind `end`."""
        return number <= end if self.to_newer else number >= end

    def page(self, rows: list[EventRow], looked_at: int, reached: float | None, *, is_end: bool) -> EventPage:
        """Put a page together from rows in this direction, behind all of which this way begins."""
        in_order = tuple(rows[::-1] if self.to_newer else rows)
        return EventPage(in_order, self.start, is_end, looked_at, reached)


class EventPages:
    """Reads the outbox of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def older(
        self,
        wanted: EventFilter,
        *,
        before: int | None = None,
        count: int = 100,
        look_at: int = LOOK_AT,
        stop: threading.Event | None = None,
    ) -> EventPage:
        """Read up to `count` events in rows before `before`, looking at `look_at` rows or a little more.

        A page with fewer events is not the end unless it says so. `stop` ends it early, with what was found until then.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        return self._page(_Way(before, to_newer=False), wanted, count, look_at, stop)

    def newer(
        self,
        wanted: EventFilter,
        *,
        after: int,
        count: int = 100,
        look_at: int = LOOK_AT,
        stop: threading.Event | None = None,
    ) -> EventPage:
        """Read up to `count` events in rows after `after`, those nearest to it, as `older` does in its direction.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        return self._page(_Way(after, to_newer=True), wanted, count, look_at, stop)

    def rows(self, numbers: Sequence[int], wanted: EventFilter) -> tuple[EventRow, ...]:
        """Read those of some rows that fit the filter, newest first.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        if not numbers:
            return ()
        statement = select(*ROW_COLUMNS).where(outbox.c.id.in_(numbers)).order_by(outbox.c.id.desc())
        with self._database.reading() as db:
            rows = db.execute(statement.where(*wanted.indexed(), *_looked_for(db, wanted))).all()
        return tuple(event_row(row) for row in rows)

    def numbers_after(self, row: int, count: int, *, upto: int | None = None) -> list[int]:
        """Give the newest `count` row numbers behind a row, and not behind `upto`; newest first."""
        statement = select(outbox.c.id).where(outbox.c.id > row).order_by(outbox.c.id.desc()).limit(count)
        if upto is not None:
            statement = statement.where(outbox.c.id <= upto)
        with self._database.reading() as db:
            return list(db.scalars(statement))

    def count_after(self, row: int) -> int:
        """Count the rows behind one."""
        with self._database.reading() as db:
            statement = select(func.count()).select_from(outbox).where(outbox.c.id > row)
            return db.scalar(statement) or 0

    def newest_row(self) -> int:
        """Give the newest row's number; 0 = there is none."""
        with self._database.reading() as db:
            return db.scalar(select(func.max(outbox.c.id))) or 0

    def _page(
        self, way: _Way, wanted: EventFilter, count: int, look_at: int, stop: threading.Event | None
    ) -> EventPage:
        with self._database.reading() as db:
            if wanted.needs_looking:
                return _look(db, way, wanted, count, look_at, stop or threading.Event())
            rows = _read(db, way, wanted, count)
        if not rows:
            return way.page([], 0, None, is_end=True)
        way, reached = replace(way, start=rows[-1].row), rows[-1].event.committed_at
        return way.page(rows, len(rows), reached, is_end=len(rows) < count)


def _look(
    db: Connection, way: _Way, wanted: EventFilter, count: int, look_at: int, stop: threading.Event
) -> EventPage:
    """Look through portions of rows until enough are found or looked at."""
    found: list[EventRow] = []
    looked_at, reached = 0, None
    while len(found) < count and looked_at < look_at and not stop.is_set():
        numbers = _portion(db, way, wanted)
        if not numbers:
            return way.page(found, looked_at, reached, is_end=True)
        rows = _read(db, way, wanted, count - len(found), upto=numbers[-1])
        found += rows
        # Where the page is full within a portion, the next one begins there.
        end = rows[-1].row if len(found) == count else numbers[-1]
        looked_at += sum(way.is_within(number, end) for number in numbers)
        reached = _time_of(db, end)
        way = replace(way, start=end)
        if len(numbers) < _PORTION and len(found) < count:
            return way.page(found, looked_at, reached, is_end=True)
    return way.page(found, looked_at, reached, is_end=False)


def _portion(db: Connection, way: _Way, wanted: EventFilter) -> list[int]:
    """Give the numbers of the next rows to look at: only what the indexes know is asked."""
    statement = select(outbox.c.id).where(*wanted.indexed(), *way.conditions())
    return list(db.scalars(statement.order_by(way.order).limit(_PORTION)))


def _read(
    db: Connection, way: _Way, wanted: EventFilter, count: int, *, upto: int | None = None
) -> list[EventRow]:
    conditions = (*wanted.indexed(), *_looked_for(db, wanted), *way.conditions(upto))
    rows = db.execute(select(*ROW_COLUMNS).where(*conditions).order_by(way.order).limit(count))
    return [event_row(row) for row in rows]


def _time_of(db: Connection, row: int) -> float | None:
    text = db.scalar(select(outbox.c.time).where(outbox.c.id == row))
    return None if text is None else unix_seconds(text)


def _looked_for(db: Connection, wanted: EventFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.types:
        conditions.append(outbox.c.type.in_(wanted.types))
    if wanted.text:
        if db.dialect.name == "postgresql":
            payload: ColumnElement[str] = func.convert_from(outbox.c.data_json, "UTF8")
        else:
            payload = cast(outbox.c.data_json, Text)
        conditions.append(payload.icontains(wanted.text, autoescape=True))
    return conditions
