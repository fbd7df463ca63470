"""Which events are meant by what somebody typed: a link's slug, address or id, an event's id, or a trace's. Indexed reads.

Traces have no index of their own: they are looked for among the newest events, from the newest on.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, select

from core.consuming.tables import dead_letters
from core.errors import NotFound
from core.events.times import unix_seconds
from core.events.tracing import trace_id
from core.operating.dead_letters.rows import DeadLetterRows
from core.operating.installation import Installation
from core.operating.why.facts import EventFacts
from core.producing.link_list import LinkList
from core.producing.progress import read_cursors
from core.producing.tables import links, outbox

#: Events of one link or trace that are looked at: the first one and the newest.
AT_MOST = 10
#: Events among which a trace is looked for: one that is older has to be named by its link or event.
TRACE_AMONG = 100_000
_TRACE_DIGITS = 32

_columns = [
    outbox.c[name]
    for name in "event_id type link_id time traceparent partition position published_at origin audience".split()
]


class Kind(StrEnum):
    """What the name turned out to be."""

    LINK = "link"
    EVENT = "event"
    TRACE = "trace"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Found:
    """The events that are meant, the oldest first."""

    kind: Kind
    events: tuple[EventFacts, ...] = ()
    link_id: str | None = None
    slug: str | None = None
    #: Events that are meant as well and were not looked at.
    left_out: int = 0


class Finder:
    """Finds the events of one installation."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._links = LinkList(installation.links, installation.settings.short_base)
        self._rows = DeadLetterRows(installation)

    def find(self, name: str, consumers: Sequence[str]) -> Found:
        """Find what is meant; the consumers' dead letters are asked for events that the outbox has no more.

        Raises:
            StoreUnavailable: a database can't be read now.
        """
        text = name.strip().removeprefix(f"{self._installation.settings.short_base}/")
        found = self._link(text)
        if found is None:
            found = self._event(text) or self._dead(text, consumers) or self._trace(text)
        return found or Found(Kind.NOTHING)

    def given(self) -> dict[int, int]:
        """Read the last position that was given in each partition.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        return {cursor.partition: cursor.given for cursor in self._installation.outbox.cursors()}

    def _link(self, name: str) -> Found | None:
        try:
            link = self._links.one(name)
        except NotFound:
            return None
        with self._installation.links.reading() as db:
            return _several(db, Kind.LINK, outbox.c.link_id == link.link_id, link.link_id, link.slug)

    def _event(self, event_id: str) -> Found | None:
        with self._installation.links.reading() as db:
            row = db.execute(select(*_columns).where(outbox.c.event_id == event_id)).one_or_none()
            if row is None:
                return None
            slug = db.scalar(select(links.c.slug).where(links.c.link_id == row.link_id))
            return Found(Kind.EVENT, _facts(db, [row]), row.link_id, slug)

    def _dead(self, event_id: str, consumers: Sequence[str]) -> Found | None:
        if uuid_time(event_id) is None:
            return None
        columns = [dead_letters.c[column.name] for column in _columns if column.name != "published_at"]
        statement = select(*columns).where(dead_letters.c.event_id == event_id).limit(1)
        for consumer in consumers:
            with self._rows.reading(consumer) as db:
                row = None if db is None else db.execute(statement).one_or_none()
            if row is not None:
                with self._installation.links.reading() as db:
                    slug = db.scalar(select(links.c.slug).where(links.c.link_id == row.link_id))
                    return Found(Kind.EVENT, _facts(db, [row], is_kept=False), row.link_id, slug)
        return None

    def _trace(self, text: str) -> Found | None:
        wanted = (trace_id(text) or text).lower()
        if len(wanted) != _TRACE_DIGITS:
            return None
        of_trace = outbox.c.traceparent.startswith(f"00-{wanted}-", autoescape=True)
        newest = self._installation.outbox.newest_id()
        recent = outbox.c.id > newest - TRACE_AMONG
        newest_first = select(outbox.c.link_id).where(of_trace, recent).order_by(outbox.c.id.desc()).limit(1)
        with self._installation.links.reading() as db:
            link_id = db.scalar(newest_first)
            if link_id is None:
                return None
            slug = db.scalar(select(links.c.slug).where(links.c.link_id == link_id))
            # All events of a trace are about one link: what followed from a user's action keeps its key.
            return _several(db, Kind.TRACE, (outbox.c.link_id == link_id) & of_trace, link_id, slug)


def uuid_time(text: str) -> float | None:
    """Give when an id of ours was made, in Unix seconds; None when it is none."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    return (found.int >> 80) / 1000 if found.version == 7 else None


def _several(
    db: Connection, kind: Kind, condition: ColumnElement[bool], link_id: str, slug: str | None
) -> Found:
    """Read the first event and the newest ones."""
    count = db.scalar(select(func.count()).select_from(outbox).where(condition)) or 0
    statement = select(outbox.c.id, *_columns).where(condition)
    first = db.execute(statement.order_by(outbox.c.id).limit(1)).all()
    newest = db.execute(statement.order_by(outbox.c.id.desc()).limit(AT_MOST - 1)).all()
    rows = {row.id: row for row in (*first, *reversed(newest))}
    return Found(kind, _facts(db, list(rows.values())), link_id, slug, count - len(rows))


def _facts(db: Connection, rows: Sequence[Row[Any]], *, is_kept: bool = True) -> tuple[EventFacts, ...]:
    cursors = {cursor.partition: cursor for cursor in read_cursors(db)}
    replacements = _replacements(db, rows)
    return tuple(
        EventFacts(
            event_id=row.event_id,
            type=row.type,
            link_id=row.link_id,
            trace_id=trace_id(row.traceparent),
            committed_at=unix_seconds(row.time),
            partition=row.partition,
            position=row.position or 0,
            published_at=row.published_at if is_kept else None,
            origin=row.origin,
            audience=row.audience,
            is_kept=is_kept,
            published=cursors[row.partition].published,
            given=cursors[row.partition].given,
            replacements=replacements.get(row.event_id, {}),
        )
        for row in rows
    )


def _replacements(db: Connection, rows: Sequence[Row[Any]]) -> Mapping[str, Mapping[str, str]]:
    """Give, by event and consumer, what an operator has published in the event's place."""
    statement = select(outbox.c.origin, outbox.c.audience, outbox.c.event_id).where(
        outbox.c.link_id.in_({row.link_id for row in rows}), outbox.c.origin.is_not(None)
    )
    found: dict[str, dict[str, str]] = {}
    for origin, audience, event_id in _pairs(db, statement):
        found.setdefault(origin, {})[audience] = event_id
    return found


def _pairs(db: Connection, statement: Any) -> Iterator[tuple[str, str, str]]:
    for row in db.execute(statement):
        yield row.origin, row.audience, row.event_id
