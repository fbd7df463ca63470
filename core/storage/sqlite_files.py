"""SQLite files as files: copied while they are in use, checked for damage, asked for a figure. None is written to."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.errors import DatabaseDamaged, StoreUnavailable

#: How long a reader waits where a file is locked, in seconds; in WAL mode nobody locks readers out for longer.
_BUSY_S = 5.0
#: Primary result codes that say that the content is wrong, not its surroundings.
_DAMAGED = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})


@contextmanager
def opened_read_only(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file that is there, to look into it; it may be in use.

    Raises:
        DatabaseDamaged: it is no database, or not the one that was written.
        StoreUnavailable: it can't be opened or read.
    """
    with _errors_told(path), closing(_connect(path, mode="ro", wait_s=_BUSY_S)) as connection:
        yield connection


def _connect(path: Path, *, mode: str, wait_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}", uri=True, timeout=wait_s, isolation_level=None
    )


@contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if "_".join(name.split("_")[:2]) in _DAMAGED:
            raise DatabaseDamaged(f"Database {path} is damaged: {error}.") from error
        raise StoreUnavailable(f"Database {path}: {error}") from error


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, whoever writes to it; the copy is a single file, with no log beside it.

    Raises:
        DatabaseDamaged, StoreUnavailable: it can't be read, or there is no space for the copy.
    """
    with opened_read_only(source) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)  # All pages in one step: a reader's picture, which blocks no writer.
        copy.execute("PRAGMA journal_mode=DELETE")


def check_database(path: Path) -> None:
    """Read the whole file, and hold its parts against each other.

    Raises:
        DatabaseDamaged: something does not fit; the text has the file and the first finding.
        StoreUnavailable: it can't be read.
    """
    with opened_read_only(path) as connection:
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        first = " ".join(str(finding).removeprefix("*** in database main ***").split())
        raise DatabaseDamaged(f"Database {path} is damaged: {first}.")


def ask(path: Path, question: str) -> list[tuple[Any, ...]]:
    """Ask one question of a file that is there.

    Raises:
        DatabaseDamaged, StoreUnavailable: it can't be read, or has no such table.
    """
    with opened_read_only(path) as connection:
        return connection.execute(question).fetchall()


def try_writing(path: Path, *, wait_s: float) -> None:
    """Begin a writing transaction and end it at once; nothing is written.

    Raises:
        DatabaseDamaged, StoreUnavailable: it can't begin: locked for so long, read-only, or worse.
    """
    with _errors_told(path), closing(_connect(path, mode="rw", wait_s=wait_s)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
