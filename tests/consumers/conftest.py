"""Fixtures for the five consumers: each on the real runtime and a database of its own."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, select

from consumers import build_consumers
from core.consuming.contract import Consumer, Endpoint, Surroundings
from core.consuming.endpoints import new_secret
from core.consuming.inbox import Inbox
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.objects import FileObjects
from tests.support.looping import NothingKept, take_all

Rows = list[dict[str, Any]]


def rows_of(database: Database, tables: MetaData) -> dict[str, Rows]:
    """Give the content of all tables of a consumer."""
    with database.reading() as db:
        return {
            table.name: [dict(row._mapping) for row in db.execute(select(table).order_by(*table.primary_key))]
            for table in tables.sorted_tables
        }


@pytest.fixture
def objects(tmp_path: Path) -> FileObjects:
    return FileObjects(tmp_path / "objects")


@pytest.fixture
def endpoints() -> list[Endpoint]:
    """Give the registered webhook endpoints; a test may change the list."""
    return [Endpoint("endpoint-1", "https://hooks.example.com/in", "", 0.0)]


@pytest.fixture
def secrets() -> dict[str, str]:
    """Give the signing secrets by endpoint."""
    return {"endpoint-1": new_secret(), "endpoint-2": new_secret()}


@pytest.fixture
def consumers(
    objects: FileObjects, endpoints: list[Endpoint], secrets: dict[str, str]
) -> dict[str, Consumer]:
    """Give all consumers by name, built as the program does."""
    surroundings = Surroundings(
        objects=objects, endpoints=lambda: endpoints, secret_of=secrets.get, allow_private_targets=True
    )
    return {consumer.name: consumer for consumer in build_consumers(surroundings)}


@pytest.fixture
def open_db(tmp_path: Path) -> Iterator[Callable[[str], Database]]:
    """Give an opener of consumers' databases; all are closed at the end."""
    opened: list[Database] = []

    def open_named(name: str) -> Database:
        opened.append(open_sqlite(tmp_path / f"{name}.db", name=name, durable=False))
        return opened[-1]

    yield open_named
    for database in opened:
        database.close()


class Applied:
    """One consumer with its database, to be given events directly; they take the next positions of partition 0."""

    def __init__(self, consumer: Consumer, database: Database) -> None:
        self.consumer = consumer
        self.database = database
        self._inbox = Inbox(consumer, database, "test")
        self._inbox.prepare([0], NothingKept())
        self._holdings = take_all(database, "test")

    def give(self, *events: Event) -> None:
        """Apply events as one batch."""
        self._inbox.apply({0: events}, self._holdings)

    @property
    def rows(self) -> dict[str, Rows]:
        """The content of all its tables."""
        return rows_of(self.database, self.consumer.tables)


@pytest.fixture
def apply_to(consumers: dict[str, Consumer], open_db: Callable[[str], Database]) -> Callable[[str], Applied]:
    """Give a consumer by name, ready to be given events."""
    return lambda name: Applied(consumers[name], open_db(name))


def files_in(folder: Path) -> Sequence[tuple[str, bytes]]:
    """Give name and content of all files below a folder."""
    return sorted(
        (str(file.relative_to(folder)), file.read_bytes()) for file in folder.rglob("*") if file.is_file()
    )
