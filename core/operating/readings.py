"""What consumers have written, read from outside. Column names are theirs; nothing here can change anything."""

from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, column, func, inspect, select, table

from core.consuming.tables import dead_letters, parked, watermarks
from core.errors import StoreUnavailable
from core.operating.installation import Installation
from core.storage.database import Database
from core.storage.place_condition import where_places

_entries = table(
    "entries",
    *(column(name) for name in ("entry_id", "event_id", "type", "link_id", "team_id", "text", "at")),
)
_watermarks = select(watermarks.c.partition, watermarks.c.position, watermarks.c.commits).order_by(
    watermarks.c.partition
)
_parked = select(func.count()).select_from(parked)
_dead = select(func.count()).where(dead_letters.c.state == "dead")


_NO_FILE = -1
#: The file of a consumer's database (see `_file_number`), and how many transactions each partition has had there.
State = tuple[int, tuple[tuple[int, int], ...]]
_NO_STATE: State = (_NO_FILE, ())


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a consumer is, and what it could not do."""

    #: By partition.
    watermarks: dict[int, int]
    #: Events that wait after a failure, and dead letters that no operator has decided about.
    parked: int
    dead: int


_NONE = Progress({}, 0, 0)


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row of the dashboard consumer's table."""

    entry_id: int
    event_id: str
    type: str
    link_id: str
    team_id: str
    text: str
    at: float


class ConsumerReadings:
    """Reads one consumer's database."""

    def __init__(self, installation: Installation, name: str) -> None:
        self.name = name
        self._installation = installation
        self._path = installation.settings.data_dir / f"{name}.db"
        self._opened: Database | None = None
        self._opened_file = _NO_FILE
        #: The state that `_waiting` was counted in: each transaction that parks, buries or retries counts.
        self._counted_in: State | None = None
        self._waiting = (0, 0)
        #: Its progress as it was read last, and the database's sign before that.
        self._progress = _NONE
        self._sign: Hashable | None = None
        #: What is another one after each transaction that had effects there, as of its progress; None = not read.
        self.state: State | None = None
        #: Why its progress could not be read the last time; None = it could.
        self.unread: str | None = None
        #: When the consumer was rebuilt last, as the monitor knows; None = never.
        self.rebuilt_at: float | None = None

    def progress(self) -> Progress | None:
        """Read how far it is; nothing at all when the consumer has never run, None when it can't be read now."""
        self.state = self.unread = None
        try:
            database = self._database()
            if database is None:
                self.state = _NO_STATE
                return _NONE
            sign = database.sign()
            if sign is None or sign != self._sign:
                self._progress = self._read(database)
                self._sign = sign
        except StoreUnavailable as error:
            self.unread = str(error)
            return None
        self.state = self._counted_in
        return self._progress

    def _read(self, database: Database) -> Progress:
        with database.reading() as db:
            rows = db.execute(_watermarks).all()
            # Not their sum: in a database that was made anew it may come to the same by other transactions.
            state = (self._opened_file, tuple((row[0], row[2]) for row in rows))
            if state != self._counted_in:
                self._waiting = (db.execute(_parked).scalar_one(), db.execute(_dead).scalar_one())
                self._counted_in = state
        return Progress({row[0]: row[1] for row in rows}, *self._waiting)

    @property
    def sign(self) -> Hashable | None:
        """What is another one after each commit there, as of the last `progress`; None = not known."""
        return self._sign

    @contextmanager
    def reading(self, *tables: str) -> Iterator[Connection | None]:
        """Read the consumer's own tables; gives None where no worker has made them yet.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        database = self._database()
        if database is None:
            yield None
            return
        with database.reading() as db:
            there = inspect(db)
            yield db if all(there.has_table(name) for name in tables) else None

    def watermarks(self) -> dict[int, int] | None:
        """Read the watermarks; empty when the consumer has never run, None when they can't be read now."""
        progress = self.progress()
        return None if progress is None else progress.watermarks

    def receipts(self, places: Mapping[str, tuple[int, int]]) -> dict[str, float]:
        """Give when each event, named by any key with its partition and position, was applied; others are left out."""
        if not places:
            return {}
        by_place = {place: key for key, place in places.items()}
        question = f"SELECT partition, position, applied_at FROM inbox WHERE {where_places(by_place)}"
        try:
            database = self._database()
            if database is None:
                return {}
            with database.reading() as db:
                return {by_place[row[0], row[1]]: row[2] for row in db.exec_driver_sql(question)}
        except StoreUnavailable:
            return {}

    def troubles(self, places: Mapping[str, tuple[int, int]]) -> dict[str, str]:
        """Say of events without a receipt what they are instead: parked, dead, retrying or discarded; others are left out.

        Nothing is read unless the watermark has passed one of them, or the consumer has dead letters at all.
        """
        reached, dead = self._progress.watermarks, self._progress.dead
        by_place = {
            place: key for key, place in places.items() if dead or place[1] <= reached.get(place[0], 0)
        }
        if not by_place:
            return {}
        where = where_places(by_place)
        question = (
            f"SELECT partition, position, 'parked' FROM parked WHERE {where} UNION ALL "
            f"SELECT partition, position, state FROM dead_letters WHERE state <> 'applied' AND ({where})"
        )
        try:
            with self.reading(parked.name, dead_letters.name) as db:
                rows = () if db is None else db.exec_driver_sql(question)
                return {by_place[row[0], row[1]]: row[2] for row in rows}
        except StoreUnavailable:
            return {}

    def feed(self, count: int) -> list[FeedRow]:
        """Read the newest entries of the dashboard, newest first.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        database = self._database()
        if database is None:
            return []
        statement = select(_entries).order_by(_entries.c.entry_id.desc()).limit(count)
        with database.reading() as db:
            return [FeedRow(*row) for row in db.execute(statement)]

    def close(self) -> None:
        """Close the database."""
        if self._opened is not None:
            self._opened.close()

    def _database(self) -> Database | None:
        """Open the database once its tables are there: a reader must not be the one who makes it."""
        file = self._file_number()
        if self._opened is not None and file != self._opened_file:
            self.close()  # The file was removed or replaced; ours is not the one that the consumer writes.
            self._opened = self._sign = None
            self._counted_in = None
        if self._opened is None:
            if file == _NO_FILE:
                return None
            database = self._installation.open_database(self.name)
            with database.reading() as db:
                is_made = inspect(db).has_table(watermarks.name)
            if not is_made:
                database.close()
                return None
            self._opened, self._opened_file = database, file
        return self._opened

    def _file_number(self) -> int:
        """Give the number of the SQLite file, which is another one's when it was replaced; 0 on other databases."""
        if self._installation.settings.database is not None:
            return 0
        try:
            return self._path.stat().st_ino
        except FileNotFoundError:
            return _NO_FILE
