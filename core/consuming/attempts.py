"""Failed attempts at events, each with its time; they stay on record when an event is applied or given up at last.

Each function works in the transaction that it is handed: the one in which the event is parked, tried again or given up.
Nothing is written here for events that nothing has befallen.
"""

import time

from sqlalchemy import Connection, delete, exists, func, insert, select

from core.consuming.failure import ErrorClass, Failure, storable
from core.consuming.tables import failed_attempts as table
from core.consuming.tables import parked
from core.events.envelope import Event

#: What fails for a reason outside is tried for ever; of each event the first and the newest attempts are kept.
FIRST, NEWEST = 5, 10
_ERROR_CHARACTERS = 500


def note_failed(
    db: Connection, event: Event, failure: Failure, *, worker: str, gave_up: bool = False, count: int = 1
) -> None:
    """Note a failed attempt; `count` tells how many there were since the one noted last, of which this is the newest.

    What an operator has given up has not failed by that, and is not noted.
    """
    if failure.error_class is ErrorClass.OPERATOR:
        return
    place = (table.c.partition == event.partition, table.c.position == event.position)
    number = (db.scalar(select(func.max(table.c.number)).where(*place)) or 0) + count
    first_line = failure.error.strip().split("\n", 1)[0]
    db.execute(
        insert(table).values(
            partition=event.partition,
            position=event.position,
            number=number,
            failed_at=time.time(),
            error_class=failure.error_class.value,
            error=storable(first_line, _ERROR_CHARACTERS),
            worker=worker,
            gave_up=int(gave_up),
        )
    )
    if number > FIRST + NEWEST:
        db.execute(delete(table).where(*place, table.c.number > FIRST, table.c.number <= number - NEWEST))


def note_unfinished(db: Connection, event: Event) -> None:
    """Note an attempt that did not come to an end, which shows when the next one begins: nobody was left to note it."""
    error = "It did not come to an end: the worker's process died, or lost its partition or its database."
    note_failed(db, event, Failure(ErrorClass.CRASH, error, ""), worker="")


def forget_attempts(db: Connection, partition: int, *, upto: int) -> None:
    """Delete what is noted of a partition's events up to a position, except of those that wait still."""
    waits = exists().where(parked.c.partition == table.c.partition, parked.c.position == table.c.position)
    db.execute(delete(table).where(table.c.partition == partition, table.c.position <= upto, ~waits))
