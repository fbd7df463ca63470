"""Operators' acts as marks on the time axis of what they were done to."""

import time
from collections import defaultdict

from sqlalchemy import func, select

from core.consuming.control_tables import journal
from core.operating.journal.sources import OWN
from core.operating.snapshot import Mark
from core.storage.database import Database

#: Marks are shown for this long, in seconds; charts are shorter.
MARKS_S = 900.0


class Marks:
    """The marks of one installation; one thread at a time reads them."""

    def __init__(self, control: Database) -> None:
        self._control = control
        #: The newest act, and of how many it is not known whether they were done.
        self._state = (-1, 0)
        self._marks: dict[str, tuple[Mark, ...]] = {}

    def read(self) -> dict[str, tuple[Mark, ...]]:
        """Give the recent acts per subject, oldest first; read again only when there are new ones, or more is known."""
        begun = select(func.count()).select_from(journal).where(journal.c.begun.is_not(None))
        with self._control.reading() as db:
            state = (db.scalar(select(func.max(journal.c.id))) or 0, db.scalar(begun) or 0)
            if state == self._state:
                return self._marks
            columns = (journal.c.subject, journal.c.at, OWN.act.label("act"), journal.c.by)
            recent = select(*columns).where(journal.c.at > time.time() - MARKS_S).order_by(journal.c.id)
            marks: dict[str, list[Mark]] = defaultdict(list)
            for row in db.execute(recent):
                marks[row.subject].append(Mark(row.at, row.act, row.by))
        self._state = state
        self._marks = {subject: tuple(found) for subject, found in marks.items()}
        return self._marks
