"""The consumers' databases, kept open for those who look into them again and again. Only read: a worker alone writes there.

Opening one at each look would leave so much behind for Python to collect that a window in the same process stutters.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection, inspect

from core.consuming.tables import watermarks
from core.errors import StoreUnavailable
from core.operating.installation import Installation
from core.operating.rebuilds import RebuildTimes
from core.storage.database import Database


@dataclass(slots=True)
class _Book:
    database: Database
    #: The file that it was opened on; another one may have taken its name since.
    file: tuple[int, int]
    #: Tables that were seen in it.
    tables: set[str] = field(default_factory=set)

    def has(self, db: Connection, names: set[str]) -> bool:
        """Whether all these tables have been made."""
        missing = names - self.tables
        if missing:
            look = inspect(db)
            self.tables |= {name for name in missing if look.has_table(name)}
        return names <= self.tables


class OpenBooks:
    """The databases of one installation's consumers. Safe to use from any thread."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._rebuilds = RebuildTimes(installation.control)
        self._turn = threading.Lock()
        self._books: dict[str, _Book] = {}

    @contextmanager
    def reading(self, consumer: str, *tables: str) -> Iterator[Connection | None]:
        """Read a consumer's database; gives None where no worker has made the runtime's and the named tables yet.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        book = self._book(consumer)
        if book is None:
            yield None
            return
        with book.database.reading() as db:
            yield db if book.has(db, {watermarks.name, *tables}) else None

    def rebuilt_at(self, consumer: str) -> float | None:
        """Give when a consumer was rebuilt last, in Unix seconds; None = never, or it can't be read now."""
        try:
            return self._rebuilds.read().get(consumer)
        except StoreUnavailable:
            return None

    def close(self) -> None:
        """Close all of them; they open again when needed."""
        with self._turn:
            for book in self._books.values():
                book.database.close()
            self._books = {}

    def _book(self, consumer: str) -> _Book | None:
        """Give an open database; None where there is no file, which a reader must not be the one to make."""
        file = self._file(consumer)
        with self._turn:
            book = self._books.get(consumer)
            if book is not None and book.file != file:
                # It was removed or replaced; ours is not the one that the consumer writes.
                del self._books[consumer]
                book.database.close()
                book = None
            if book is None and file is not None:
                book = _Book(self._installation.open_database(consumer), file)
                self._books[consumer] = book
        return book

    def _file(self, consumer: str) -> tuple[int, int] | None:
        """Tell files apart by device and number; databases that are no files are all one."""
        settings = self._installation.settings
        if settings.database is not None:
            return (0, 0)
        try:
            stat = (settings.data_dir / f"{consumer}.db").stat()
        except FileNotFoundError:
            return None
        return (stat.st_dev, stat.st_ino)
