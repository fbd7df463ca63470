"""Old receipts go from the beginning of a partition, without holes, and never those that may be asked for again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from core.consuming import tables
from core.consuming.retention import forget
from core.consuming.tables import inbox, watermarks
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare

LONG_AGO, NOW = 1_000.0, 2_000.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Give a consumer's database with twenty old receipts in each of two partitions."""
    opened = open_sqlite(tmp_path / "consumer.db", name="consumer", durable=False)
    prepare(opened, tables.metadata)
    receipts = [
        {
            "partition": number,
            "position": position,
            "event_id": f"{number}/{position}",
            "outcome": "applied",
            "applied_at": LONG_AGO,
            "worker": "w",
        }
        for number in (0, 1)
        for position in range(1, 21)
    ]
    with opened.transaction() as db:
        db.execute(insert(inbox), receipts)
        db.execute(insert(watermarks), [{"partition": number, "position": 20} for number in (0, 1)])
    yield opened
    opened.close()


def forget_in(database: Database, before: dict[int, int], *, limit: int = 100) -> int:
    with database.transaction() as db:
        return forget(db, before, older_than=NOW, limit=limit)


def left(database: Database) -> dict[int, list[int]]:
    with database.reading() as db:
        found = db.execute(
            select(inbox.c.partition, inbox.c.position).order_by(inbox.c.partition, inbox.c.position)
        )
        places: dict[int, list[int]] = {0: [], 1: []}
        for partition, position in found:
            places[partition].append(position)
    return places


def test_receipts_go_that_lie_before_the_oldest_entry_of_the_stream(database: Database) -> None:
    assert forget_in(database, {0: 6, 1: 1}) == 5

    assert left(database) == {0: list(range(6, 21)), 1: list(range(1, 21))}


def test_receipts_go_in_portions(database: Database) -> None:
    assert [forget_in(database, {0: 100, 1: 11}, limit=8) for _ in range(5)] == [8, 8, 8, 6, 0]

    assert left(database) == {0: [], 1: list(range(11, 21))}


def test_younger_receipts_stay_and_older_ones_behind_them_too(database: Database) -> None:
    with database.transaction() as db:
        db.execute(update(inbox).where(inbox.c.position == 4).values(applied_at=NOW))

    assert forget_in(database, {0: 100, 1: 100}) == 6

    assert left(database) == {0: list(range(4, 21)), 1: list(range(4, 21))}


def test_what_the_watermark_has_not_passed_stays(database: Database) -> None:
    with database.transaction() as db:
        db.execute(update(watermarks).where(watermarks.c.partition == 0).values(position=3))

    assert forget_in(database, {0: 100}) == 3
