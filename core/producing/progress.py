"""How far each partition is: positions for events that have none yet, and what the broker was seen to have.

The relay writes it. Where transactions are serial, producers give positions themselves: see `Outbox.add`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, select, update

from core.producing.tables import outbox, partitions
from core.storage.database import Database


@dataclass(frozen=True, slots=True)
class PartitionCursor:
    """How far one partition is: positions given to events, and positions that the broker has."""

    partition: int
    given: int
    published: int


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """Positions of one partition behind `after` that the broker was seen to have at `at`, in Unix seconds."""

    partition: int
    after: int
    upto: int
    at: float


_cursors = select(partitions).order_by(partitions.c.partition)
_waiting = select(outbox.c.id, outbox.c.partition).where(outbox.c.position.is_(None)).order_by(outbox.c.id)
_give = update(outbox).where(outbox.c.id == bindparam("row_id")).values(position=bindparam("new_position"))
_set_given = (
    update(partitions)
    .where(partitions.c.partition == bindparam("number"))
    .values(given=bindparam("new_given"))
)
_set_published = (
    update(partitions)
    .where(partitions.c.partition == bindparam("number"))
    .values(published=bindparam("new_published"))
)
_mark_events = (
    update(outbox)
    .where(
        outbox.c.partition == bindparam("number"),
        outbox.c.position > bindparam("after"),
        outbox.c.position <= bindparam("upto"),
        # What is published again was published before.
        outbox.c.published_at.is_(None),
    )
    .values(published_at=bindparam("at"))
)

#: Whether any event waits for a position.
is_any_waiting = exists().where(outbox.c.position.is_(None))
_look = _cursors.add_columns(is_any_waiting.label("waiting"))


def read_cursors(db: Connection) -> list[PartitionCursor]:
    """Read how far each partition is."""
    return [PartitionCursor(*row) for row in db.execute(_cursors)]


class Progress:
    """How far the partitions of one outbox are."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def look(self) -> tuple[list[PartitionCursor], bool]:
        """Read how far each partition is, and whether any event waits for a position."""
        with self._database.reading() as db:
            rows = db.execute(_look).all()
        return [PartitionCursor(*row[:3]) for row in rows], any(row.waiting for row in rows)

    def give(self, limit: int, *, among: Collection[int]) -> None:
        """Give the next positions to the oldest events of some partitions without one, at most `limit` of them."""
        waiting = _waiting.where(outbox.c.partition.in_(among)).limit(limit)
        with self._database.transaction() as db:
            given = {cursor.partition: cursor.given for cursor in _locked(db)}
            changes, touched = [], set()
            for row_id, partition in db.execute(waiting):
                given[partition] += 1
                touched.add(partition)
                changes.append({"row_id": row_id, "new_position": given[partition]})
            if changes:
                db.execute(_give, changes)
                db.execute(
                    _set_given, [{"number": number, "new_given": given[number]} for number in sorted(touched)]
                )

    def note(self, published: Mapping[int, int], runs: Sequence[PublishedRun] = ()) -> None:
        """Note the last positions that the broker has, and on the events of `runs` when it was seen to have them.

        `published` may also move back: the broker has lost what lay behind it.
        """
        with self._database.transaction() as db:
            before = {cursor.partition: cursor.published for cursor in _locked(db)}
            moves = [
                {"number": number, "new_published": last}
                for number, last in sorted(published.items())
                if last != before[number]
            ]
            if moves:
                db.execute(_set_published, moves)
            if runs:
                db.execute(
                    _mark_events,
                    [
                        {"number": run.partition, "after": run.after, "upto": run.upto, "at": run.at}
                        for run in runs
                    ],
                )


def _locked(db: Connection) -> list[PartitionCursor]:
    """Read the cursors and hold them: nobody else gives positions or moves them meanwhile, on PostgreSQL too."""
    return [PartitionCursor(*row) for row in db.execute(_cursors.with_for_update())]
