"""Databases that stay open show what is written now, also where the file is another one than before."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from core.consuming.tables import inbox
from core.operating.installation import Installation
from core.operating.open_books import OpenBooks
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import Store, store_of
from tests.support.events import make_run


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    opened = Installation(Settings(data_dir=tmp_path))
    yield opened
    opened.close()


def receipts(books: OpenBooks, *tables: str) -> int | None:
    """Count receipts; None where there are no tables."""
    with books.reading("qr", *tables) as db:
        return None if db is None else db.scalar(select(func.count()).select_from(inbox))


def test_a_reader_makes_no_database_and_sees_it_once_a_worker_has(
    installation: Installation, tmp_path: Path
) -> None:
    books = OpenBooks(installation)

    assert receipts(books) is None
    assert not (tmp_path / "qr.db").exists()
    store = store_of(tmp_path, "qr")
    assert receipts(books) == 0
    store.applied(*make_run(1, 2))
    assert receipts(books) == 2
    assert receipts(books, "codes") is None
    with store.database.transaction() as db:
        db.execute(text("CREATE TABLE codes (link_id TEXT)"))
    assert receipts(books, "codes") == 2
    store.database.close()
    books.close()


def test_a_file_in_anothers_place_is_the_one_that_is_read(installation: Installation, tmp_path: Path) -> None:
    books, store = OpenBooks(installation), store_of(tmp_path, "qr")
    store.applied(*make_run(1, 2))
    assert receipts(books) == 2
    store.database.close()

    for file in tmp_path.glob("qr.db*"):
        file.rename(tmp_path / f"old-{file.name}")
    assert receipts(books) is None
    store = store_of(tmp_path, "qr")
    assert receipts(books) == 0
    store.applied(*make_run(1, 1))
    assert receipts(books) == 1
    store.database.close()
    books.close()
    assert receipts(books) == 1
    books.close()


def test_books_are_open_on_postgresql_too(
    postgresql_url: str, tmp_path: Path, open_pg: Callable[[str], Database]
) -> None:
    installation = Installation(Settings(data_dir=tmp_path, database=postgresql_url))
    books = OpenBooks(installation)

    assert receipts(books) is None
    Store(open_pg("qr")).applied(*make_run(1, 2))
    assert receipts(books) == 2
    books.close()
    installation.close()
