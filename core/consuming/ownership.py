"""Who may apply the events of which partition: one owner each, fair shares, and an epoch that fences whoever lost one.

The owner stands in the consumer's database, beside the watermark; the epoch is compared in each effect's transaction.
Who is alive is told by heartbeats as this process sees them change, so that no clock of another machine matters.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Row, bindparam, select, update

from core.consuming.tables import watermarks
from core.storage.database import Database

_rows = select(
    watermarks.c.partition,
    watermarks.c.position,
    watermarks.c.commits,
    watermarks.c.owner,
    watermarks.c.epoch,
).order_by(watermarks.c.partition)
_take = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.epoch == bindparam("seen_epoch"))
    .values(owner=bindparam("worker"), epoch=watermarks.c.epoch + 1)
)
_release = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.owner == bindparam("worker"))
    .values(owner=None)
)
_absorb = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"))
    .values(absorbed=watermarks.c.absorbed + bindparam("more"))
)


@dataclass(slots=True)
class Holding:
    """One partition that we own. Changed only by the thread that applies its events."""

    partition: int
    epoch: int
    #: The watermark.
    position: int
    #: Number of the newest transaction.
    commits: int


class Ownership:
    """The partitions of one consumer that one worker owns."""

    def __init__(self, database: Database, worker: str, alive: Callable[[], frozenset[str]]) -> None:
        self._database = database
        self._worker = worker
        self._alive = alive

    def hold(self, held: Mapping[int, Holding]) -> dict[int, Holding]:
        """Give back what is too much, take what is due, and give what is owned now; keeps the objects of `held`.

        Raises:
            StoreUnavailable: the consumer's database can't be read or written; what was held is held.
        """
        rows = self._read()
        alive = self._alive() | {self._worker}
        take, release = shares({row.partition: row.owner for row in rows}, alive, self._worker)
        if take or release:
            by_number = {row.partition: row for row in rows}
            taken = [
                {"number": number, "seen_epoch": by_number[number].epoch, "worker": self._worker}
                for number in take
            ]
            released = [{"number": number, "worker": self._worker} for number in release]
            with self._database.transaction() as db:
                if taken:
                    db.execute(_take, taken)
                if released:
                    db.execute(_release, released)
            rows = self._read()
        return {row.partition: _kept(row, held) for row in rows if row.owner == self._worker}

    def release(self) -> None:
        """Give everything back: this worker ends in order.

        Raises:
            StoreUnavailable: others take it when our heartbeat has gone.
        """
        with self._database.transaction() as db:
            db.execute(update(watermarks).where(watermarks.c.owner == self._worker).values(owner=None))

    def absorb(self, counts: Mapping[int, int]) -> None:
        """Count deliveries, by partition, of events that had been dealt with already."""
        with self._database.transaction() as db:
            db.execute(_absorb, [{"number": number, "more": more} for number, more in counts.items()])

    def _read(self) -> list[Row[tuple[int, int, int, str | None, int]]]:
        with self._database.reading() as db:
            return list(db.execute(_rows))


def _kept(row: Row[tuple[int, int, int, str | None, int]], held: Mapping[int, Holding]) -> Holding:
    before = held.get(row.partition)
    if before is not None and before.epoch == row.epoch:
        return before
    return Holding(row.partition, row.epoch, row.position, row.commits)


def shares(owners: Mapping[int, str | None], alive: frozenset[str], me: str) -> tuple[list[int], list[int]]:
    """Decide which partitions `me` takes and which it gives back, from who owns what now.

    Each of the living gets as many as any other, give or take one; what is owned stays where it is as far as possible.
    All decide by themselves, and from the same rows alike.
    """
    counts = Counter(owner for owner in owners.values() if owner in alive)
    at_least, larger = divmod(len(owners), len(alive))
    # Who has most keeps the larger shares: nothing moves for nothing.
    ranking = sorted(alive, key=lambda worker: (-counts[worker], worker))
    quota = at_least + (ranking.index(me) < larger)
    mine = [number for number, owner in owners.items() if owner == me]
    free = [number for number, owner in owners.items() if owner not in alive]
    return free[: max(0, quota - len(mine))], mine[quota:]
