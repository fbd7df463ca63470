"""Acts that are done in another database than the journal's: noted before they are done, so that none is ever missing.

The event that such an act publishes gets its id beforehand. Should a process end in between, the outbox tells later
whether the act was done; until somebody has asked it, the journal says that this is not known.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update

from core.consuming.control_tables import journal
from core.errors import StoreUnavailable
from core.producing.tables import outbox
from core.storage.database import Database

log = logging.getLogger(__name__)

#: What stands behind an act of which nobody has noted yet whether it was done, and behind one that was not.
UNKNOWN = " (begun; whether it was done is not known)"
NOT_DONE = " (not done)"
#: How long an act may take between its beginning and its end, in seconds.
_GRACE_S = 30.0


@dataclass(frozen=True, slots=True)
class Intent:
    """An act that publishes an event."""

    act: str
    subject: str
    #: The id that the event gets.
    event_id: str


class Intents:
    """The acts of one installation that publish events."""

    def __init__(self, control: Database, links: Database) -> None:
        self._control, self._links = control, links

    @contextmanager
    def noted(self, intents: Sequence[Intent], *, by: str, why: str) -> Iterator[None]:
        """Note acts while the block does them, all or none; where it is refused, nothing was done and nothing is noted.

        Raises:
            StoreUnavailable: they can't be noted, so that the block was not entered.
        """
        self._try(self.settle)
        numbers = self._begin(intents, by=by, why=why)
        try:
            yield
        except StoreUnavailable:
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
        # Read after them: what is not there by then, and long after it began, does not come any more.
        with self._links.reading() as db:
            wanted = outbox.c.event_id.in_([row.begun for row in begun])
            done = set(db.scalars(select(outbox.c.event_id).where(wanted)))
        self._end([row.id for row in begun if row.begun in done])
        late = time.time() - _GRACE_S
        self._end([row.id for row in begun if row.begun not in done and row.at < late], words=NOT_DONE)

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
        with self._control.transaction() as db:
            db.execute(delete(journal).where(journal.c.id.in_(numbers)))

    @staticmethod
    def _try(note: Callable[[], None]) -> None:
        """Note what can be noted; what can't is found out later."""
        try:
            note()
        except StoreUnavailable as error:
            log.warning("what became of an act is not noted in the journal yet: %s", error)
