"""Dead letters as rows of a consumer's database; each function works in the transaction that it is handed.

Only the owner of the event's partition calls them; others see the rows and ask for changes by requests.
"""

import time

from sqlalchemy import Connection, Update, func, select, update

from core.consuming.event_rows import EVENT_COLUMNS, event_of, event_values
from core.consuming.failure import Failure
from core.consuming.tables import dead_letters
from core.events.envelope import Event
from core.storage.upsert import insert_for


def bury(
    db: Connection, event: Event, failure: Failure, *, attempts: int, first_failed_at: float, worker: str
) -> None:
    """Give up on an event. One that was tried again for an operator is dead once more."""
    row = dict(zip(EVENT_COLUMNS, event_values(event), strict=True))
    news = {
        "error_class": failure.error_class.value,
        "error": failure.error,
        "traceback": failure.traceback,
        "attempts": attempts,
        "last_failed_at": time.time(),
        "worker": worker,
        "state": "dead",
    }
    statement = insert_for(db, dead_letters).values(**row, **news, first_failed_at=first_failed_at)
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["partition", "position"],
            set_={**news, "attempts": dead_letters.c.attempts + attempts},
        )
    )


def revive(db: Connection, partition: int, position: int, *, by: str, why: str) -> Event | None:
    """Mark a dead letter as being tried again, and give its event; None when there is none that is dead."""
    return _decide(db, partition, position, state="retrying", by=by, why=why, replaced_by=None)


def discard(
    db: Connection, partition: int, position: int, *, by: str, why: str, replaced_by: str | None
) -> Event | None:
    """Give a dead letter up for good, and give its event; None when there is none that is dead."""
    return _decide(db, partition, position, state="discarded", by=by, why=why, replaced_by=replaced_by)


def note_applied(db: Connection, event: Event) -> None:
    """Note that the retry of a dead letter has succeeded."""
    db.execute(_at(event.partition, event.position).values(state="applied"))


def discarded(db: Connection, partition: int, *, after: int) -> frozenset[int]:
    """Give the positions behind one that are not to be applied when they come.

    Operators have discarded them, and the consumer is rebuilt; or given them up before it was their turn.
    """
    statement = select(dead_letters.c.position).where(
        dead_letters.c.partition == partition, dead_letters.c.position > after
    )
    return frozenset(db.scalars(statement))


def count_dead(db: Connection, link_id: str) -> int:
    """Count the dead letters of a link that no operator has decided about."""
    statement = select(func.count()).where(
        dead_letters.c.link_id == link_id,
        dead_letters.c.state == "dead",
        # What somebody else wrote only claims to be of this link.
        dead_letters.c.position > 0,
    )
    return db.scalar(statement) or 0


def link_of(db: Connection, partition: int, position: int) -> str | None:
    """Give the link of a dead letter; None when there is none at this place."""
    place = (dead_letters.c.partition == partition, dead_letters.c.position == position)
    link_id: str | None = db.scalar(select(dead_letters.c.link_id).where(*place))
    return link_id


def _decide(
    db: Connection, partition: int, position: int, *, state: str, by: str, why: str, replaced_by: str | None
) -> Event | None:
    columns = [dead_letters.c[name] for name in EVENT_COLUMNS]
    row = db.execute(
        select(*columns).where(
            dead_letters.c.partition == partition,
            dead_letters.c.position == position,
            dead_letters.c.state == "dead",
        )
    ).one_or_none()
    if row is None:
        return None
    retries = dead_letters.c.retries + (1 if state == "retrying" else 0)
    db.execute(
        _at(partition, position).values(
            state=state,
            retries=retries,
            decided_by=by,
            decided_at=time.time(),
            why=why,
            replaced_by=replaced_by,
        )
    )
    return event_of(row)


def _at(partition: int, position: int) -> Update:
    return update(dead_letters).where(
        dead_letters.c.partition == partition, dead_letters.c.position == position
    )
