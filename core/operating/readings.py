"""What consumers have written, read from outside. Column names are theirs; nothing here can change anything."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import and_, column, func, inspect, or_, select, table

from core.consuming.tables import dead_letters, inbox, parked, watermarks
from core.errors import StoreUnavailable
from core.operating.installation import Installation
from core.storage.database import Database

_entries = table(
    "entries",
    *(column(name) for name in ("entry_id", "event_id", "type", "link_id", "team_id", "text", "at")),
)
_parked = select(func.count()).select_from(parked)
_dead = select(func.count()).where(dead_letters.c.state == "dead")


_NO_FILE = -1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a consumer is, and what it could not do."""

    #: By partition.
    watermarks: dict[int, int]
    #: Events that wait after a failure, and dead letters that no operator has decided about.
    parked: int
    dead: int


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
        self._opened: Database | None = None
        self._opened_file = _NO_FILE
        #: The transactions that `_waiting` was counted after: each one that parks, buries or retries is counted.
        self._counted_after = -1
        self._waiting = (0, 0)
        #: The transactions that had effects there when its progress was read last; None = it could not be read.
        self.commits: int | None = None

    def progress(self) -> Progress | None:
        """Read how far it is; nothing at all when the consumer has never run, None when it can't be read now."""
        self.commits = None
        try:
            database = self._database()
            if database is None:
                self.commits = 0
                return Progress({}, 0, 0)
            with database.reading() as db:
                rows = db.execute(select(watermarks)).all()
                commits = sum(row.commits for row in rows)
                if commits != self._counted_after:
                    self._waiting = (db.execute(_parked).scalar_one(), db.execute(_dead).scalar_one())
                    self._counted_after = commits
                self.commits = commits
        except StoreUnavailable:
            return None
        return Progress({row.partition: row.position for row in rows}, *self._waiting)

    def watermarks(self) -> dict[int, int] | None:
        """Read the watermarks; empty when the consumer has never run, None when they can't be read now."""
        progress = self.progress()
        return None if progress is None else progress.watermarks

    def receipts(self, places: Mapping[str, tuple[int, int]]) -> dict[str, float]:
        """Give when each event, named by any key with its partition and position, was applied; others are left out."""
        if not places:
            return {}
        by_place = {place: key for key, place in places.items()}
        by_partition: dict[int, list[int]] = {}
        for partition, position in by_place:
            by_partition.setdefault(partition, []).append(position)
        # In this form the primary key answers, also where many are asked for.
        condition = or_(
            *(
                and_(inbox.c.partition == partition, inbox.c.position.in_(positions))
                for partition, positions in by_partition.items()
            )
        )
        statement = select(inbox.c.partition, inbox.c.position, inbox.c.applied_at).where(condition)
        try:
            database = self._database()
            if database is None:
                return {}
            with database.reading() as db:
                return {
                    by_place[(row.partition, row.position)]: row.applied_at for row in db.execute(statement)
                }
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
            self._opened = None
            self._counted_after = -1
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
        settings = self._installation.settings
        if settings.database is not None:
            return 0
        try:
            return (settings.data_dir / f"{self.name}.db").stat().st_ino
        except FileNotFoundError:
            return _NO_FILE
