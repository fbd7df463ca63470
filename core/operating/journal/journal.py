"""What operators did, newest first, from wherever it is written down. Reads only."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection, func, or_, select

from core.consuming.control_tables import journal
from core.operating.journal.entries import JournalEntry, JournalFilter, JournalPage, Neighbours
from core.operating.journal.sources import CHANGES, CREATIONS, OWN, Source
from core.storage.database import Database

_EVERYTHING = JournalFilter()
_ENTRY = (journal.c.at, journal.c.by, journal.c.act, journal.c.subject, journal.c.why, journal.c.id)


class Journal:
    """The journal of one installation."""

    def __init__(self, control: Database, links: Database) -> None:
        self._control, self._links = control, links

    def newest(self, count: int = 100) -> list[JournalEntry]:
        """Read the newest acts on anything but links."""
        with self._control.reading() as db:
            return OWN.read(db, count, _EVERYTHING)

    def state(self) -> tuple[float, ...]:
        """Give what is another one after each act, and once it is known of one that it was done."""
        begun = select(func.count()).select_from(journal).where(journal.c.begun.is_not(None))
        with self._opened() as sources:
            newest = tuple(source.newest(db) for source, db in sources)
            return (*newest, sources[0][1].scalar(begun) or 0)

    def page(self, count: int, wanted: JournalFilter) -> JournalPage:
        """Read the newest acts that are wanted, at most so many."""
        entries: list[JournalEntry] = []
        matching = total = left_out = 0
        is_all = replace(wanted, creations=True) == _EVERYTHING
        with self._opened() as sources:
            for source, db in sources:
                everything = source.count(db, _EVERYTHING)
                if source is CREATIONS and not wanted.creations:
                    left_out = everything
                    continue
                total += everything
                if source.may_have(wanted):
                    matching += everything if is_all else source.count(db, wanted)
                    entries += source.read(db, count, wanted)
        entries.sort(key=lambda entry: entry.at, reverse=True)
        return JournalPage(tuple(entries[:count]), matching, total, left_out)

    def around(self, entry: JournalEntry, acts: Sequence[str]) -> Neighbours:
        """Read the acts next to one on its subject, of those that begin with one of `acts`; not for acts on links."""
        alike = or_(*(journal.c.act.startswith(act, autoescape=True) for act in acts))
        own = select(*_ENTRY).where(journal.c.subject == entry.subject, alike).limit(1)
        earlier = own.where(journal.c.id < entry.entry_id).order_by(journal.c.id.desc())
        later = own.where(journal.c.id > entry.entry_id).order_by(journal.c.id)
        with self._control.reading() as db:
            before, after = db.execute(earlier).first(), db.execute(later).first()
        return Neighbours(
            None if before is None else JournalEntry(*before), None if after is None else JournalEntry(*after)
        )

    @contextmanager
    def _opened(self) -> Iterator[tuple[tuple[Source, Connection], ...]]:
        """Open what acts are written in, one picture of each database."""
        with self._control.reading() as control, self._links.reading() as links:
            yield (OWN, control), (CREATIONS, links), (CHANGES, links)
