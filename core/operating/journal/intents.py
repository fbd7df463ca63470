"""Acts that are done in another database than the journal's: noted before they are done, so that none is ever missing.

The event that such an act publishes gets its id beforehand. Should a process end in between, the outbox tells later
whether the act was done; until somebody has asked it, the journal says that this is not known. That an act was not done
is said only where it can't be done any more, however long its process was frozen.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from core.consuming.control_tables import journal
from core.errors import BrokerUnavailable, InvalidInput, StoreUnavailable
from core.producing.tables import outbox
from core.storage.database import Database

log = logging.getLogger(__name__)

#: What stands behind an act of which nobody has noted yet whether it was done, and behind one that was not.
UNKNOWN = " (begun; whether it was done is not known)"
NOT_DONE = " (not done)"
#: What stands behind one that publishes nothing, and whose process ended in between: nothing tells what became of it.
NEVER_KNOWN = " (begun; whether it was done can't be known)"
#: What stands in the place of its event.
_NO_EVENT = "-"
#: How long an act may take between its beginning and its end, in seconds; later it is refused.
_GRACE_S = 30.0
#: On PostgreSQL acts share this lock, and who says of acts that they were not done has it alone. On SQLite no two
#: transactions write at once anyway.
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtext('signalbox intents'))")
_ALONE = text("SELECT pg_try_advisory_xact_lock(hashtext('signalbox intents'))")

#: What an act calls within the transaction that publishes its events, before anything else.
Standing = Callable[[Connection], None]


@dataclass(frozen=True, slots=True)
class Intent:
    """An act that publishes an event, or does something to the broker."""

    act: str
    subject: str
    #: The id that the event gets, if it publishes one.
    event_id: str = _NO_EVENT


class Intents:
    """The acts of one installation that publish events."""

    def __init__(self, control: Database, links: Database) -> None:
        self._control, self._links = control, links

    @contextmanager
    def noted(self, intents: Sequence[Intent], *, by: str, why: str) -> Iterator[Standing]:
        """Note acts while the block does them, all or none; where it is refused, nothing was done and nothing is noted.

        The block calls what it is given within the transaction that does them.

        Raises:
            StoreUnavailable: they can't be noted, so that the block was not entered.
            InvalidInput: they took so long that the journal says already that they were not done, and so it is.
        """
        self._try(self.settle)
        numbers = self._begin(intents, by=by, why=why)
        try:
            yield lambda links: self._refuse_late(links, numbers)
        except (BrokerUnavailable, StoreUnavailable):
            raise  # Whether it was done is not known: its connection may have broken at the very end.
        except Exception:
            self._try(lambda: self._forget(numbers))
            raise
        self._try(lambda: self._end(numbers))

    def settle(self) -> None:
        """Find out of acts that ended in between whether they were done, and note it.

        Raises:
            StoreUnavailable: not now.
        """
        columns = (journal.c.id, journal.c.begun, journal.c.at)
        with self._control.reading() as db:
            begun = db.execute(select(*columns).where(journal.c.begun.is_not(None))).all()
        if not begun:
            return
        with self._links.reading() as db:
            done = _published(db, begun)
        self._end([row.id for row in begun if row.begun in done])
        late = [row for row in begun if row.begun not in done and row.at < time.time() - _GRACE_S]
        self._end([row.id for row in late if row.begun == _NO_EVENT], words=NEVER_KNOWN)
        if lacking := [row for row in late if row.begun != _NO_EVENT]:
            self._give_up(lacking)

    def _give_up(self, late: Sequence[Any]) -> None:
        """Say of acts that they were not done, while nobody can do them: whoever comes later finds that it is said."""
        with self._links.transaction() as db:
            if db.dialect.name == "postgresql" and not db.scalar(_ALONE):
                return  # One is being done at this moment.
            done = _published(db, late)
            self._end([row.id for row in late if row.begun in done])
            self._end([row.id for row in late if row.begun not in done], words=NOT_DONE)

    def _refuse_late(self, links: Connection, numbers: Sequence[int]) -> None:
        if links.dialect.name == "postgresql":
            links.execute(_SHARED)
        standing = (journal.c.id.in_(numbers), journal.c.begun.is_not(None))
        with self._control.reading() as db:
            count = db.scalar(select(func.count()).select_from(journal).where(*standing))
        if count != len(numbers):
            told = "It took so long that the journal says it was not done, and nothing was done: do it again."
            raise InvalidInput("act", "too_late", told)

    def _begin(self, intents: Sequence[Intent], *, by: str, why: str) -> list[int]:
        rows = [
            {"by": by, "act": one.act, "subject": one.subject, "why": why, "begun": one.event_id}
            for one in intents
        ]
        with self._control.transaction() as db:
            statement = insert(journal).returning(journal.c.id)
            return [db.execute(statement.values(at=time.time(), **row)).scalar_one() for row in rows]

    def _end(self, numbers: Sequence[int], *, words: str = "") -> None:
        if not numbers:
            return
        with self._control.transaction() as db:
            mine = (journal.c.id.in_(numbers), journal.c.begun.is_not(None))
            db.execute(update(journal).where(*mine).values(act=journal.c.act + words, begun=None))

    def _forget(self, numbers: Sequence[int]) -> None:
        """Remove acts that were refused, unless the journal tells already that they were not done."""
        with self._control.transaction() as db:
            db.execute(delete(journal).where(journal.c.id.in_(numbers), journal.c.begun.is_not(None)))

    @staticmethod
    def _try(note: Callable[[], None]) -> None:
        """Note what can be noted; what can't is found out later."""
        try:
            note()
        except StoreUnavailable as error:
            log.warning("what became of an act is not noted in the journal yet: %s", error)


def _published(db: Connection, begun: Sequence[Any]) -> set[str]:
    """Give the events of acts that are there."""
    return set(
        db.scalars(select(outbox.c.event_id).where(outbox.c.event_id.in_([row.begun for row in begun])))
    )
