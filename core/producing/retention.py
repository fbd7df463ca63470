"""Removes events that are old and that nobody needs any more, always from the beginning of a partition, without holes."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, select

from core.events.times import rfc3339
from core.producing.tables import outbox, partitions
from core.storage.database import Database

#: The oldest events of a partition that nobody needs.
_oldest = (
    select(outbox.c.position, outbox.c.time)
    .where(outbox.c.partition == bindparam("number"), outbox.c.position <= bindparam("upto"))
    .order_by(outbox.c.position)
    .limit(bindparam("count"))
)
_delete = delete(outbox).where(
    outbox.c.partition == bindparam("number"), outbox.c.position <= bindparam("upto")
)


def forget(database: Database, upto: Mapping[int, int], *, older_than: float, limit: int) -> int:
    """Delete events up to a position of each partition that were committed before `older_than`, in Unix seconds.

    At most `limit` of them, in one transaction; what the broker is not known to have stays.

    Returns:
        How many were deleted; 0 = nothing is left to delete.

    Raises:
        StoreUnavailable: nothing was deleted.
    """
    before, left = rfc3339(older_than), limit
    with database.reading() as db:
        published = {row.partition: row.published for row in db.execute(select(partitions))}
        ends = {}
        for number, position in upto.items():
            run = _old_run(db, number, min(position, published[number]), before, left)
            if run:
                ends[number] = run[-1]
            left -= len(run)
    if not ends:
        return 0
    with database.transaction() as db:
        for number, end in ends.items():
            db.execute(_delete, {"number": number, "upto": end})
    return limit - left


def _old_run(db: Connection, partition: int, upto: int, before: str, count: int) -> list[int]:
    """Give the positions at the beginning of a partition that are older than `before`: up to the first that is not."""
    if count <= 0:
        return []
    run = []
    for position, time in db.execute(_oldest, {"number": partition, "upto": upto, "count": count}):
        if time >= before:
            break
        run.append(position)
    return run
