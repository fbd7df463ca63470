"""A database that somebody else has locked: a connection of its own holds it in a thread until released.

Readers are not hindered; writers wait, and fail with "locked" when their patience ends.
"""

import logging
import threading
from collections.abc import Callable
from contextlib import closing

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from core.consuming import tables
from core.errors import StoreUnavailable
from core.storage.database import Database

log = logging.getLogger(__name__)

#: Rest between two questions whether it is still wanted, and between two attempts to have it, in seconds.
_GLANCE_S = 0.1


class HeldLock(threading.Thread):
    """Holds the lock of one consumer's database, until `release` or until `is_wanted` says no.

    It asks for itself: whoever would tell it to let go may be waiting for the very lock that it holds.
    """

    def __init__(
        self, consumer: str, open_database: Callable[[str], Database], *, is_wanted: Callable[[], bool]
    ) -> None:
        super().__init__(name=f"{consumer} locked", daemon=True)
        self._consumer = consumer
        self._is_wanted = is_wanted
        self._open_database = open_database
        self._released = threading.Event()
        #: Set while the lock is held.
        self.held = threading.Event()

    def release(self) -> None:
        """Give the lock back."""
        self._released.set()

    def run(self) -> None:
        """Take the lock as soon as it can be had, and hold it until released."""
        while self._is_wanted() and not self._released.is_set():
            try:
                self._hold()
            except (StoreUnavailable, SQLAlchemyError) as error:  # Or its tables are not there yet.
                log.info("the lock of %s can't be had yet: %s", self._consumer, error)
                self._released.wait(_GLANCE_S)

    def _hold(self) -> None:
        with closing(self._open_database(self._consumer)) as database, database.transaction() as db:
            _lock_tables(db)
            self.held.set()
            while self._is_wanted() and not self._released.wait(_GLANCE_S):
                pass
            self.held.clear()


def _lock_tables(db: Connection) -> None:
    """Keep all writers out; on SQLite the transaction has done so by beginning."""
    if db.dialect.name == "postgresql":
        names = ", ".join(f'"{table.name}"' for table in tables.metadata.sorted_tables)
        db.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
