"""What operators did: read from the journal, newest first, and as marks on a time axis."""

import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select

from core.consuming.control_tables import journal
from core.operating.snapshot import Mark
from core.storage.database import Database

#: Marks are shown for this long, in seconds; charts are shorter.
MARKS_S = 900.0
_ENTRY = (journal.c.at, journal.c.by, journal.c.act, journal.c.subject, journal.c.why, journal.c.id)


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One act."""

    at: float
    by: str
    act: str
    subject: str
    why: str
    entry_id: int


@dataclass(frozen=True, slots=True)
class JournalFilter:
    """Which acts are wanted; what is empty filters nothing."""

    by: str = ""
    #: What the act begins with, such as "set fault".
    act: str = ""
    subject: str = ""
    #: Anywhere in who, what, to what, or why.
    text: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Give it as conditions of a statement."""
        found: list[ColumnElement[bool]] = []
        if self.by:
            found.append(journal.c.by == self.by)
        if self.act:
            found.append(journal.c.act.startswith(self.act, autoescape=True))
        if self.subject:
            found.append(journal.c.subject == self.subject)
        if self.text:
            places = (journal.c.by, journal.c.act, journal.c.subject, journal.c.why)
            found.append(or_(*(place.icontains(self.text, autoescape=True) for place in places)))
        return found


@dataclass(frozen=True, slots=True)
class JournalPage:
    """The newest acts that were wanted, how many were wanted in all, and how many there are."""

    entries: tuple[JournalEntry, ...]
    matching: int
    total: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The acts of the same kind on the same subject around one: what was so before, and what has ended it."""

    before: JournalEntry | None
    after: JournalEntry | None


class Journal:
    """The journal of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._newest_id = -1
        self._marks: dict[str, tuple[Mark, ...]] = {}

    def newest(self, count: int = 100) -> list[JournalEntry]:
        """Read the newest acts."""
        with self._database.reading() as db:
            rows = db.execute(select(*_ENTRY).order_by(journal.c.id.desc()).limit(count))
            return [JournalEntry(*row) for row in rows]

    def newest_id(self) -> int:
        """Give the number of the newest act; 0 = there is none."""
        with self._database.reading() as db:
            return db.scalar(select(func.max(journal.c.id))) or 0

    def page(self, count: int, wanted: JournalFilter) -> JournalPage:
        """Read the newest acts that are wanted, at most so many."""
        conditions = wanted.conditions()
        statement = select(*_ENTRY).where(*conditions).order_by(journal.c.id.desc()).limit(count)
        with self._database.reading() as db:
            entries = tuple(JournalEntry(*row) for row in db.execute(statement))
            total = db.scalar(select(func.count()).select_from(journal)) or 0
            matching = db.scalar(select(func.count()).select_from(journal).where(*conditions)) or 0
        return JournalPage(entries, matching, total)

    def around(self, entry: JournalEntry, acts: Sequence[str]) -> Neighbours:
        """Read the acts next to one on its subject, of those that begin with one of `acts`."""
        alike = or_(*(journal.c.act.startswith(act, autoescape=True) for act in acts))
        own = select(*_ENTRY).where(journal.c.subject == entry.subject, alike).limit(1)
        earlier = own.where(journal.c.id < entry.entry_id).order_by(journal.c.id.desc())
        later = own.where(journal.c.id > entry.entry_id).order_by(journal.c.id)
        with self._database.reading() as db:
            before, after = db.execute(earlier).first(), db.execute(later).first()
        return Neighbours(
            None if before is None else JournalEntry(*before), None if after is None else JournalEntry(*after)
        )

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
