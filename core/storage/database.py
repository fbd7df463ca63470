"""One database: an engine, short transactions, and driver errors mapped to ours. Nobody else makes engines.

SQLite by default: WAL, one writer at a time, BEGIN IMMEDIATE for writers (a deferred read-then-write fails at once
with "locked", whatever the timeout). By URL the same tables live in PostgreSQL, one schema per database.
"""

import re
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import BadSettings, ReadOnly, StoreUnavailable
from core.storage.change_sign import ChangeSign

#: Pages that one connection keeps in memory, in KiB; there are some twenty connections in a desk.
_PAGE_CACHE_KB = 1_024
#: How long a writer waits for another process's transaction, in milliseconds.
BUSY_TIMEOUT_MS = 5_000


#: PostgreSQL's word for "read only", such as a replica after a failover.
_READ_ONLY = "25006"


@contextmanager
def _errors_mapped(name: str) -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise StoreUnavailable(f"Database {name}: {error}") from error
    except DBAPIError as error:
        if not _is_outage(error):
            raise
        raise StoreUnavailable(f"Database {name}: {error.orig}") from error


def _is_outage(error: DBAPIError) -> bool:
    """Tell faults of the database from faults of what it was asked; the bare DatabaseError is SQLite's damaged file."""
    return (
        isinstance(error, OperationalError | InterfaceError)
        or type(error) is DatabaseError
        or getattr(error.orig, "sqlstate", None) == _READ_ONLY
    )


class Database:
    """One named database; safe to use from any thread.

    A transaction belongs to whoever opened it: who is handed a connection never commits, rolls back or closes it.
    """

    def __init__(
        self,
        name: str,
        engine: Engine,
        *,
        where: str,
        file: Path | None = None,
        sign: ChangeSign | None = None,
        read_only: bool = False,
    ) -> None:
        self.name = name
        #: Whether it was opened to be looked at only.
        self.is_read_only = read_only
        #: Where it is, for people, without a password.
        self.where = where
        #: The file that it is; None = it is no file, as on PostgreSQL.
        self.file = file
        self._engine = engine
        self._sign = sign
        # PostgreSQL gives each statement a picture of its own, unless asked for one for all.
        one_picture = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
        self._reader = engine.execution_options(signalbox_reads=True, **one_picture)
        # SQLite's busy handler sleeps for up to 100 ms; threads of one process queue here instead.
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a writing transaction; commits at the end, rolls back on any error.

        Raises:
            StoreUnavailable: locked, no space, unreachable; nothing was changed.
            ReadOnly: it was opened to be looked at only.
        """
        if self.is_read_only:
            raise ReadOnly
        with _errors_mapped(self.name), self._turn, self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a reading transaction: one consistent picture, blocks no writer.

        Raises:
            StoreUnavailable: unreachable or unreadable.
        """
        with _errors_mapped(self.name), self._reader.begin() as connection:
            yield connection

    def sign(self) -> Hashable | None:
        """Give what is another one after each commit of anybody, some hundred times cheaper than reading anything.

        None = that can't be told, as on PostgreSQL: anything may have changed.
        """
        return None if self._sign is None else self._sign.read()

    def close(self) -> None:
        """Close all connections, those in use as soon as they are given back; the database may be opened again."""
        pool = self._engine.pool
        self._engine.dispose()
        # What is given back later goes to the pool of before, which nobody would ever empty again.
        event.listen(pool, "checkin", lambda _connection, record: record.invalidate())
        pool.dispose()
        if self._sign is not None:
            self._sign.close()


def open_sqlite(path: Path, *, name: str, durable: bool, read_only: bool = False) -> Database:
    """Open (or make) a SQLite file.

    `durable` waits for the disk at each commit; without it a power cut may lose the newest commits, never consistency.
    """
    engine = create_engine(
        f"sqlite+pysqlite:///{path}",
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        pool_size=4,
        max_overflow=12,
    )

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # We write BEGIN ourselves, below.
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA cache_size=-{_PAGE_CACHE_KB}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        reads = connection.get_execution_options().get("signalbox_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return Database(name, engine, where=str(path), file=path, sign=ChangeSign(path), read_only=read_only)


def open_postgresql(url: str, *, name: str, read_only: bool = False) -> Database:
    """Open a PostgreSQL database by URL; the tables live in a schema named like the database.

    Raises:
        BadSettings: the URL is none, or for another kind of database.
        StoreUnavailable: it can't be reached.
    """
    if not url.startswith("postgresql+psycopg://"):
        shown = re.sub(r"//.*@", "//***@", url)
        raise BadSettings(
            f"SIGNALBOX_DATABASE: {shown!r} is not of the form postgresql+psycopg://user@host/database."
        )
    try:
        engine = create_engine(
            url, connect_args={"options": f'-csearch_path="{name}"'}, pool_size=4, max_overflow=12
        )
    except (ArgumentError, ImportError) as error:
        raise BadSettings(f"SIGNALBOX_DATABASE: {error}") from None
    where = make_url(url).render_as_string(hide_password=True)
    database = Database(name, engine, where=where, read_only=read_only)
    if read_only:
        return database
    with database.transaction() as connection:
        lock_definitions(connection)
        connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{name}"'))
    return database


def lock_definitions(db: Connection) -> None:
    """Keep other processes from making tables until the end of this transaction; IF NOT EXISTS alone does not."""
    if db.dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(hashtext('signalbox definitions'))"))


def open_database(
    data_dir: Path, url: str | None, *, name: str, durable: bool, read_only: bool = False
) -> Database:
    """Open the named database where the settings want it: a file in the data dir, or a schema behind the URL.

    Raises:
        StoreUnavailable: it can't be opened.
    """
    if url is None:
        return open_sqlite(data_dir / f"{name}.db", name=name, durable=durable, read_only=read_only)
    return open_postgresql(url, name=name, read_only=read_only)
