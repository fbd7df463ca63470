"""SQLite files are copied and checked while they are in use; what is wrong is said in our words."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import DatabaseDamaged, StoreUnavailable
from core.storage.sqlite_files import ask, check_database, copy_database, try_writing


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """Give a database in WAL mode that somebody has open."""
    file = tmp_path / "a b#?.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("CREATE TABLE things (id INTEGER PRIMARY KEY)")
        raw.execute("INSERT INTO things VALUES (1), (2)")
        yield file


def test_a_copy_has_what_was_committed_and_no_log_beside_it(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO things VALUES (3)")
        copy_database(path, tmp_path / "copy.db")

    check_database(tmp_path / "copy.db")
    assert ask(tmp_path / "copy.db", "SELECT id FROM things") == [(1,), (2,)]
    assert [file.name for file in tmp_path.glob("copy*")] == ["copy.db"]


def test_a_database_that_somebody_holds_is_locked_and_is_not_when_it_is_let_go(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="is locked"):
            try_writing(path, wait_s=0.05)
        holder.execute("ROLLBACK")

    try_writing(path, wait_s=0.05)

    assert ask(path, "SELECT count(*) FROM things") == [(2,)]


def test_what_is_no_database_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database, " * 200, encoding="utf-8")

    with pytest.raises(DatabaseDamaged, match=r"text\.db is damaged: file is not a database"):
        check_database(tmp_path / "text.db")
    with pytest.raises(StoreUnavailable, match="unable to open"):
        check_database(tmp_path / "absent.db")
    assert not (tmp_path / "absent.db").exists()
