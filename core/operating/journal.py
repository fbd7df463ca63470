"""What operators did: read from the journal, newest first, and as marks on a time axis."""

import time
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select

from core.consuming.control_tables import journal
from core.operating.snapshot import Mark
from core.storage.database import Database

#: Marks are shown for this long, in seconds; charts are shorter.
MARKS_S = 900.0


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One act."""

    at: float
    by: str
    act: str
    subject: str
    why: str


class Journal:
    """The journal of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest_id = -1
        self._marks: dict[str, tuple[Mark, ...]] = {}

    def newest(self, count: int = 100) -> list[JournalEntry]:
        """Read the newest acts."""
        columns = (journal.c.at, journal.c.by, journal.c.act, journal.c.subject, journal.c.why)
        with self._database.reading() as db:
            rows = db.execute(select(*columns).order_by(journal.c.id.desc()).limit(count))
            return [JournalEntry(*row) for row in rows]

    def marks(self) -> dict[str, tuple[Mark, ...]]:
        """Give the recent acts per subject, oldest first; read again only when there are new ones."""
        with self._database.reading() as db:
            newest_id = db.scalar(select(func.max(journal.c.id))) or 0
            if newest_id == self._newest_id:
                return self._marks
            columns = (journal.c.subject, journal.c.at, journal.c.act, journal.c.by)
            recent = select(*columns).where(journal.c.at > time.time() - MARKS_S).order_by(journal.c.id)
            marks: dict[str, list[Mark]] = defaultdict(list)
            for row in db.execute(recent):
                marks[row.subject].append(Mark(row.at, row.act, row.by))
        self._newest_id = newest_id
        self._marks = {subject: tuple(found) for subject, found in marks.items()}
        return self._marks
