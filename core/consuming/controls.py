"""What operators want of the consumers: written by anybody, obeyed by whichever worker runs them, kept across restarts."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from core.consuming.control_tables import controls, journal, registered_consumers
from core.errors import InvalidInput, NotFound
from core.storage.database import Database
from core.storage.upsert import insert_for

#: Nobody plans further ahead, in seconds.
_LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What operators want of one consumer; version 0 = nobody ever wanted anything."""

    version: int = 0
    paused: bool = False
    paused_until: float | None = None
    changed_by: str | None = None
    #: Whether later events of a key wait behind its dead letter; None = as the consumer has it by itself.
    holds: bool | None = None

    def is_paused(self, now: float) -> bool:
        """Whether it shall stand still at this moment; a timed pause ends by itself."""
        return self.paused and (self.paused_until is None or now < self.paused_until)


class Controls:
    """The control table of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, names: Sequence[str]) -> None:
        """Make sure that events are kept for these consumers; the order is the display order of new ones."""
        now = time.time()
        rows = [
            {"name": name, "display_order": order, "registered_at": now} for order, name in enumerate(names)
        ]
        if set(names) <= set(self.registered()):
            return
        with self._database.transaction() as db:
            db.execute(insert_for(db, registered_consumers).on_conflict_do_nothing(), rows)

    def registered(self) -> tuple[str, ...]:
        """Give the registered consumers in display order."""
        statement = select(registered_consumers.c.name).order_by(
            registered_consumers.c.display_order, registered_consumers.c.registered_at
        )
        with self._database.reading() as db:
            return tuple(db.scalars(statement))

    def wanted(self) -> dict[str, Wanted]:
        """Read what is wanted of each consumer that anything was ever wanted of."""
        columns = [controls.c[name] for name in Wanted.__slots__]
        with self._database.reading() as db:
            return {row[0]: Wanted(*row[1:]) for row in db.execute(select(controls.c.consumer, *columns))}

    def pause(self, consumer: str, *, seconds: float | None, by: str, why: str) -> int:
        """Want a consumer to stand still, for some seconds or until resumed; gives the version of this wish.

        Raises:
            InvalidInput: nobody can mean so many seconds.
            NotFound: no such consumer is registered.
        """
        until = ends_at(seconds, time.time())
        act = "pause" if seconds is None else f"pause for {_in_words(seconds)}"
        return self._want(consumer, _pause(True, until, by), act=act, by=by, why=why)

    def resume(self, consumer: str, *, by: str, why: str) -> int:
        """Want a consumer to go on; gives the version of this wish.

        Raises:
            NotFound: no such consumer is registered.
        """
        return self._want(consumer, _pause(False, None, by), act="resume", by=by, why=why)

    def hold(self, consumer: str, holds: bool | None, *, by: str, why: str) -> int:
        """Want later events of a key to wait behind its dead letter or to go on; None = as the consumer has it by itself.

        Gives the version of this wish; whether the consumer is paused, and by whom, stays as it is.

        Raises:
            NotFound: no such consumer is registered.
        """
        words = {True: "hold behind dead letters", False: "go on behind dead letters"}
        act = "default behind dead letters" if holds is None else words[holds]
        return self._want(consumer, {"holds": holds}, act=act, by=by, why=why)

    def _want(self, consumer: str, changes: dict[str, object], *, act: str, by: str, why: str) -> int:
        known = self.registered()
        if consumer not in known:
            raise NotFound(f"There is no consumer {consumer!r}. There are: {', '.join(known) or 'none'}.")
        with self._database.transaction() as db:
            version = self._next_version(db, consumer)
            row = {**changes, "version": version, "changed_at": time.time()}
            first = {"consumer": consumer, **_pause(False, None, by), **row}
            statement = insert_for(db, controls).values(first)
            db.execute(statement.on_conflict_do_update(index_elements=["consumer"], set_=row))
            note(db, by=by, act=act, subject=consumer, why=why)
        return version

    @staticmethod
    def _next_version(db: Connection, consumer: str) -> int:
        return (db.scalar(select(controls.c.version).where(controls.c.consumer == consumer)) or 0) + 1


def ends_at(seconds: float | None, now: float) -> float | None:
    """Give when ends what begins now and is wanted for some seconds; None = when somebody ends it.

    Raises:
        InvalidInput: it is no time, or one so long that no clock can tell its end.
    """
    if seconds is None:
        return None
    if not 0 < seconds <= _LONGEST_S:
        raise InvalidInput(
            "for", "duration", f"It can last up to 366 days, not {seconds:g} s: without a time it has no end."
        )
    return now + seconds


def _pause(paused: bool, until: float | None, by: str) -> dict[str, object]:
    return {"paused": paused, "paused_until": until, "changed_by": by}


def note(db: Connection, *, by: str, act: str, subject: str, why: str = "") -> None:
    """Write an act into the journal, in the transaction of the act itself."""
    db.execute(insert(journal).values(at=time.time(), by=by, act=act, subject=subject, why=why))


def _in_words(seconds: float) -> str:
    """Write a length of time exactly, in the largest unit that it is a whole number of."""
    for unit, size in (("h", 3_600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"
