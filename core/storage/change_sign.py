"""Tells for next to nothing whether anybody has committed to a SQLite file: what is as it was need not be read again."""

import sqlite3
import threading
from collections.abc import Hashable
from contextlib import suppress
from itertools import count
from pathlib import Path

#: How long the file's lock is waited for, in seconds; without an answer everything is read.
_PATIENCE_S = 0.05
#: Numbers for openings: SQLite counts the commits of others for one connection alone.
_openings = count()


class ChangeSign:
    """Holds a connection that never reads anything else, opened when it is asked first. Safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opening = -1

    def read(self) -> Hashable | None:
        """Give what is another one after each commit of anybody; None = not known, so that anything may have changed."""
        with self._turn:
            try:
                version = self._version()
            except (sqlite3.Error, ValueError):
                self._let_go()
                return None
            return self._opening, version

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._turn:
            self._let_go()

    def _version(self) -> int:
        if self._connection is None:
            uri = f"{self._path.resolve().as_uri()}?mode=rw"
            self._connection = sqlite3.connect(
                uri, uri=True, timeout=_PATIENCE_S, isolation_level=None, check_same_thread=False
            )
            self._opening = next(_openings)
        version: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        return version

    def _let_go(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None
