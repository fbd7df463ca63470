"""Why all consumers stand still whatever operators want, such as a disk that is nearly full. It ends by itself.

It is a row beside the controls, never one of them: an operator's own pause or resume is neither needed nor overwritten,
and holds again when this is over. Who has asked for it has to go on asking, so that it dies with whoever did.
"""

import time
from dataclasses import replace

from sqlalchemy import delete, select

from core.consuming.control_tables import standstills
from core.consuming.controls import Wanted
from core.storage.database import Database
from core.storage.upsert import insert_for


def standstill(control: Database) -> str | None:
    """Say why all consumers have to stand still now, in one sentence; None = they need not.

    Raises:
        StoreUnavailable: it can't be read.
    """
    statement = (
        select(standstills.c.why).where(standstills.c.until > time.time()).order_by(standstills.c.name)
    )
    with control.reading() as db:
        return db.scalars(statement).first()


def as_obeyed(wanted: Wanted, why: str | None) -> Wanted:
    """Give what a consumer has to obey: what operators want of it, or to stand still while there is a reason."""
    return wanted if why is None else replace(wanted, paused=True, paused_until=None)


class Standstill:
    """One reason; `ask` and `lift` may be repeated."""

    def __init__(self, control: Database, name: str) -> None:
        self._database = control
        self._name = name

    def ask(self, why: str, *, seconds: float) -> None:
        """Let all consumers stand still for so many seconds from now, unless that is asked again or lifted.

        Raises:
            StoreUnavailable: it can't be written.
        """
        row = {"why": why, "until": time.time() + seconds}
        with self._database.transaction() as db:
            statement = insert_for(db, standstills).values(name=self._name, **row)
            db.execute(statement.on_conflict_do_update(index_elements=["name"], set_=row))

    def lift(self) -> None:
        """Let them go on as operators want; harmless when nothing was asked.

        Raises:
            StoreUnavailable: it can't be written; the time that was asked for ends all the same.
        """
        with self._database.transaction() as db:
            db.execute(delete(standstills).where(standstills.c.name == self._name))
