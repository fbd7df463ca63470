"""How each endpoint is, read from outside: from the control tables, and from webhook's own, whose columns are its own.

The read is bounded: so many endpoints, and no count beyond `MOST`; each count is made from an index alone.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, Select, column, func, literal_column, select, table

from core.consuming.control_tables import endpoints
from core.consuming.endpoints import switches_of
from core.operating.endpoints.failing import OffEndpoint
from core.operating.open_books import OpenBooks
from core.storage.database import Database

#: The consumer whose tables these are.
WEBHOOK = "webhook"
#: Nothing is counted further than this; a figure of so many means "or more".
MOST = 10_000
#: What "lately delivered" is about, in seconds.
LATELY_S = 3_600.0
#: Endpoints that are read at most, and of those that were removed the newest so many.
AT_MOST, _REMOVED_AT_MOST = 500, 50

deliveries = table(
    "deliveries", *(column(name) for name in "endpoint_id state next_attempt_at finished_at".split())
)
answers = table(
    "answers",
    *(column(name) for name in "endpoint_id answered_at status error failing_since failures".split()),
)
#: Written out, since a database uses the index of one state only for a question that names it.
_waits = deliveries.c.state == literal_column("'waiting'")
_is_delivered = deliveries.c.state == literal_column("'delivered'")


#: Where the system's own words stand in what the HTTP libraries say.
_SYSTEM = re.compile(r"\[Errno -?\d+\] ([^\"')]+)")
_REASON_CHARACTERS = 60


def _reason(error: str) -> str:
    """Give the heart of an error: what the system says, or the kind of failure before a library's whole story."""
    said = _SYSTEM.search(error)
    if said is not None:
        return said[1]
    if "Pool(" in error:
        return error.partition(":")[0]
    line = " ".join(error.split())
    if len(line) <= _REASON_CHARACTERS:
        return line
    begin = line[: _REASON_CHARACTERS - 1]
    return f"{begin.rpartition(' ')[0] or begin}…"


class EndpointState(StrEnum):
    """How an endpoint is; the values are the words that are shown."""

    ON = "on"
    FAILING = "failing"
    NEVER_ASKED = "never asked"
    #: Operators have switched it off, until they switch it on again.
    OFF = "off"
    #: It was removed, and deliveries wait for it still.
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class LastAnswer:
    """How the newest attempt at an endpoint ended; times in Unix seconds."""

    answered_at: float
    #: None = there was no answer; `error` says why.
    status: int | None
    error: str | None
    #: Since when no attempt was accepted; None = the newest one was.
    failing_since: float | None
    #: Attempts in a row that were not accepted.
    failures: int

    @property
    def words(self) -> str:
        """What came back, in a few words, such as "answered 503"."""
        return (
            f"answered {self.status}"
            if self.status is not None
            else f"no answer: {_reason(self.error or '')}"
        )


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """That operators have switched an endpoint off."""

    #: In Unix seconds.
    since: float
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class EndpointHealth:
    """One endpoint as operators see it; times in Unix seconds."""

    endpoint_id: str
    url: str
    description: str
    created_at: float
    removed_at: float | None
    #: None = no attempt was made yet.
    last: LastAnswer | None
    #: Deliveries that wait, and that were taken lately; `MOST` = or more.
    waiting: int
    delivered: int
    #: The soonest of those that wait; None = none waits.
    next_attempt_at: float | None
    #: None = it is on.
    off: SwitchedOff | None = None

    @property
    def state(self) -> EndpointState:
        """How it is."""
        if self.removed_at is not None:
            return EndpointState.REMOVED
        if self.off is not None:
            return EndpointState.OFF
        if self.last is None:
            return EndpointState.NEVER_ASKED
        return EndpointState.ON if self.last.failing_since is None else EndpointState.FAILING


def read_endpoints(control: Database, books: OpenBooks) -> tuple[EndpointHealth, ...]:
    """Read those in use, the oldest first, and then those that were removed while deliveries wait for them.

    Raises:
        StoreUnavailable: they can't be read now.
    """
    rows = _registered(control)
    with books.reading(WEBHOOK, deliveries.name, answers.name) as db:
        found = [_health(db, row) for row in rows]
    return tuple(one for one in found if one.removed_at is None or one.waiting)


def _registered(control: Database) -> list[Row[Any]]:
    names = "endpoint_id url description created_at removed_at switches".split()
    columns = select(*(endpoints.c[name] for name in names))
    in_use = columns.where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.created_at).limit(AT_MOST)
    removed = columns.where(endpoints.c.removed_at.is_not(None)).order_by(endpoints.c.removed_at.desc())
    with control.reading() as db:
        return [*db.execute(in_use), *db.execute(removed.limit(_REMOVED_AT_MOST))]


def _health(db: Connection | None, row: Row[Any]) -> EndpointHealth:
    registered = {name: value for name, value in row._mapping.items() if name != "switches"}
    known = EndpointHealth(
        **registered, last=None, waiting=0, delivered=0, next_attempt_at=None, off=off_of(row.switches)
    )
    if db is None:
        return known
    mine = deliveries.c.endpoint_id == row.endpoint_id
    lately = _is_delivered & (deliveries.c.finished_at > time.time() - LATELY_S)
    waiting, next_attempt_at = read_waiting(db, row.endpoint_id)
    return replace(
        known,
        last=_last(db, row.endpoint_id),
        waiting=waiting,
        delivered=_count(db, select(literal_column("1")).where(mine, lately)),
        next_attempt_at=next_attempt_at,
    )


def off_of(text: str | None) -> SwitchedOff | None:
    """Tell by whom an endpoint is switched off, as its row has it; None = it is on."""
    switches = switches_of(text)
    newest = switches[-1] if switches else None
    return None if newest is None or not newest.is_off else SwitchedOff(newest.at, newest.by, newest.why)


def read_off(control: Database) -> tuple[OffEndpoint, ...]:
    """Give the endpoints in use that are switched off, the longest first.

    Raises:
        StoreUnavailable: they can't be read now.
    """
    columns = (endpoints.c.endpoint_id, endpoints.c.url, endpoints.c.switches)
    ever = select(*columns).where(endpoints.c.removed_at.is_(None), endpoints.c.switches.is_not(None))
    with control.reading() as db:
        found = [(row, off_of(row.switches)) for row in db.execute(ever.limit(AT_MOST))]
    off = [
        OffEndpoint(WEBHOOK, row.endpoint_id, row.url, one.since, one.by, one.why)
        for row, one in found
        if one is not None
    ]
    return tuple(sorted(off, key=lambda one: one.since))


def read_waiting(db: Connection, endpoint_id: str) -> tuple[int, float | None]:
    """Count what waits for an endpoint, at most `MOST`, and give the time of the soonest attempt."""
    mine = (deliveries.c.endpoint_id == endpoint_id) & _waits
    soonest: float | None = db.scalar(select(func.min(deliveries.c.next_attempt_at)).where(mine))
    return _count(db, select(literal_column("1")).where(mine)), soonest


def _count(db: Connection, what: Select[Any]) -> int:
    return db.scalar(select(func.count()).select_from(what.limit(MOST).subquery())) or 0


def _last(db: Connection, endpoint_id: str) -> LastAnswer | None:
    row = db.execute(select(answers).where(answers.c.endpoint_id == endpoint_id)).one_or_none()
    return None if row is None else _answer(row)


def read_failing(db: Connection, since: float) -> Iterator[tuple[str, LastAnswer]]:
    """Give the endpoints that have accepted nothing since before a time, whether they are in use or not, at most `MOST`."""
    fails = answers.c.failing_since <= since
    for row in db.execute(select(answers).where(fails).order_by(answers.c.failing_since).limit(MOST)):
        yield row.endpoint_id, _answer(row)


def _answer(row: Row[Any]) -> LastAnswer:
    return LastAnswer(row.answered_at, row.status, row.error, row.failing_since, row.failures)
