"""A producer's side on a database of its own, put together as the program does."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from core.events.envelope import Event
from core.producing import tables
from core.producing.link_list import LinkList
from core.producing.outbox import Outbox
from core.producing.producer import Producer
from core.producing.progress import PartitionCursor, Progress, PublishedRun
from core.producing.teams import Teams
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare

SHORT_BASE = "http://short.test:8787"
#: Few enough to fill each of them, enough to tell them apart.
PARTITIONS = 4


@dataclass(slots=True)
class Knocks:
    """Counts how often the producer said that it had committed."""

    count: int = 0

    def __call__(self) -> None:
        """Count one."""
        self.count += 1


@dataclass(frozen=True, slots=True)
class LinkSide:
    """All parts of the producer's side."""

    database: Database
    outbox: Outbox
    teams: Teams
    producer: Producer
    list: LinkList
    knocks: Knocks = field(default_factory=Knocks)


def make_link_side(database: Database, partitions: int = PARTITIONS) -> LinkSide:
    """Prepare a database and put the producer's side on it."""
    prepare(database, tables.metadata)
    outbox = Outbox(database, partitions)
    outbox.prepare()
    teams = Teams(database)
    teams.prepare()
    knocks = Knocks()
    producer = Producer(database, outbox, teams, short_base=SHORT_BASE, on_commit=knocks)
    return LinkSide(database, outbox, teams, producer, LinkList(database, SHORT_BASE), knocks)


def open_links_db(data_dir: Path) -> Database:
    """Open links.db as the program does."""
    return open_sqlite(data_dir / "links.db", name="links", durable=True)


def give_positions(
    outbox: Outbox, published: Mapping[int, int] | None = None, *, limit: int = 1_000
) -> list[PartitionCursor]:
    """Do in the outbox what the relay does, for tests that have no broker."""
    progress = Progress(outbox.database)
    progress.give(limit, among=range(outbox.partition_count))
    before = {cursor.partition: cursor.published for cursor in outbox.cursors()}
    at = time.time()
    runs = [PublishedRun(number, before[number], last, at) for number, last in (published or {}).items()]
    progress.note(published or {}, runs)
    return outbox.cursors()


def rows(side: LinkSide, table: Any) -> list[dict[str, Any]]:
    """Give all rows of a table."""
    with side.database.reading() as db:
        return [dict(row._mapping) for row in db.execute(select(table))]


def count(side: LinkSide, table: Any) -> int:
    """Count the rows of a table."""
    with side.database.reading() as db:
        return db.scalar(select(func.count()).select_from(table)) or 0


def event_of(side: LinkSide, event_id: str | None) -> Event:
    """Give an event as it was committed, once it has a position."""
    give_positions(side.outbox)
    (row,) = [row for row in rows(side, tables.outbox) if row["event_id"] == event_id]
    (event,) = side.outbox.read(row["partition"], after=row["position"] - 1, limit=1)
    return event
