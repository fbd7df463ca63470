"""Removes receipts that are old and can't be asked for any more, always from the beginning of a partition, without holes.

A consumer's database is written by its worker alone, so the worker calls this.
"""

import time
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, delete, select

from core.broker.streams import Streams
from core.consuming.attempts import forget_attempts
from core.consuming.tables import inbox, watermarks
from core.storage.database import Database

#: Receipts deleted in one transaction, so that events don't wait, and how often it is looked for more, in seconds.
_AT_ONCE = 2_000
_EVERY_S = 60.0
_SOON_S = 1.0

_oldest = (
    select(inbox.c.position, inbox.c.applied_at)
    .where(inbox.c.partition == bindparam("number"), inbox.c.position < bindparam("end"))
    .order_by(inbox.c.position)
    .limit(bindparam("count"))
)
_delete = delete(inbox).where(inbox.c.partition == bindparam("number"), inbox.c.position <= bindparam("upto"))


def forget(db: Connection, before: Mapping[int, int], *, older_than: float, limit: int) -> int:
    """Delete receipts of positions below `before`, per partition, that were written before `older_than`, in Unix seconds.

    `before` is the oldest entry of each stream: what lies there may be delivered again. Deletes at most `limit` receipts
    in the caller's transaction, and none that the watermark has not passed. What is noted of failed attempts goes along.

    Returns:
        How many were deleted; less than `limit` = nothing is left to delete.
    """
    reached = {row.partition: row.position for row in db.execute(select(watermarks))}
    left = limit
    for number, first in before.items():
        end = min(first, reached.get(number, 0) + 1)
        run = _old_run(db, number, end, older_than, left)
        if run:
            db.execute(_delete, {"number": number, "upto": run[-1]})
            forget_attempts(db, number, upto=run[-1])
        left -= len(run)
    return limit - left


def _old_run(db: Connection, partition: int, end: int, older_than: float, count: int) -> list[int]:
    """Give the positions at the beginning of a partition whose receipts are old: up to the first that is not."""
    if count <= 0:
        return []
    run = []
    for position, applied_at in db.execute(_oldest, {"number": partition, "end": end, "count": count}):
        if applied_at >= older_than:
            break
        run.append(position)
    return run


class Retention:
    """Forgets one consumer's old receipts, some at a time, between events. Used by the loop's thread."""

    def __init__(self, database: Database, streams: Streams, *, days: int) -> None:
        """`days` is how long receipts are kept; 0 = for ever."""
        self._database = database
        self._streams = streams
        self._keep_s = days * 86_400.0
        self._look_at = time.monotonic() + _SOON_S

    def forget_some(self, owned: Iterable[int]) -> None:
        """Delete some old receipts of partitions that are owned, if it is time to look.

        Raises:
            BrokerUnavailable, StoreUnavailable: nothing was deleted.
        """
        if not self._keep_s or time.monotonic() < self._look_at:
            return
        firsts = self._streams.first_positions()
        before = {number: firsts[number] for number in owned if number in firsts}
        with self._database.transaction() as db:
            deleted = forget(db, before, older_than=time.time() - self._keep_s, limit=_AT_ONCE)
        self._look_at = time.monotonic() + (_SOON_S if deleted == _AT_ONCE else _EVERY_S)
