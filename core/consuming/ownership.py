"""Who may apply the events of which partition: one owner each, fair shares, and an epoch that fences whoever lost one.

The owner stands in the consumer's database, beside the watermark; the epoch is compared in each effect's transaction.
Who is alive is told by heartbeats as this process sees them change, so that no clock of another machine matters.
What operators have moved stays where they want it, and counts as the share of whom it was moved from.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from core.consuming.tables import watermarks
from core.errors import OwnershipLost
from core.storage.database import Database

_rows = select(
    watermarks.c.partition,
    watermarks.c.position,
    watermarks.c.commits,
    watermarks.c.owner,
    watermarks.c.epoch,
    watermarks.c.moved_from,
).order_by(watermarks.c.partition)
_take = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.epoch == bindparam("seen_epoch"))
    .values(owner=bindparam("worker"), epoch=watermarks.c.epoch + 1, moved_from=bindparam("home"))
)
_release = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.owner == bindparam("worker"))
    .values(owner=None)
)
_give_up = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"), watermarks.c.owner == bindparam("worker"))
    .values(owner=None, moved_from=bindparam("home"))
)
_absorb = (
    update(watermarks)
    .where(watermarks.c.partition == bindparam("number"))
    .values(absorbed=watermarks.c.absorbed + bindparam("more"))
)


_NOTHING_MOVED: Mapping[int, str] = {}


@dataclass(frozen=True, slots=True)
class _Mark:
    """One row, in the order of its columns in `_rows`."""

    partition: int
    position: int
    commits: int
    owner: str | None
    epoch: int
    moved_from: str | None


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
        rows, alive = self._read(), self._alive() | {self._worker}
        owners = {row.partition: row.owner for row in rows}
        moved = {row.partition: row.moved_from for row in rows if row.moved_from in alive}
        take, release = shares(owners, alive, self._worker, moved)
        if take or release:
            by_number = {row.partition: row for row in rows}
            taken = [self._taken(by_number[number], moved.get(number)) for number in take]
            released = [{"number": number, "worker": self._worker} for number in release]
            with self._database.transaction() as db:
                if taken:
                    db.execute(_take, taken)
                if released:
                    db.execute(_release, released)
            rows = self._read()
        return {row.partition: _kept(row, held) for row in rows if row.owner == self._worker}

    def others(self) -> frozenset[str]:
        """Give the other workers that run the consumer now."""
        return self._alive() - {self._worker}

    def take_over(self, number: int) -> str | None:
        """Own a partition whoever owns it, and give who did; who has lost it can't commit any more.

        It stays here until an operator moves it, or whom it was taken from is gone.

        Raises:
            OwnershipLost: its owner has changed in this very moment; nothing was changed.
            StoreUnavailable: nothing was changed.
        """
        others = self.others()
        with self._database.transaction() as db:
            row = _one(db, number)
            if db.execute(_take, self._taken(row, self._home(row, others))).rowcount != 1:
                raise OwnershipLost(f"{self._database.name}: partition {number} has another owner now.")
        return row.owner

    def give_up(self, number: int) -> frozenset[str] | None:
        """Let others have a partition, and give who may take it; None = it is not ours, and nothing was changed.

        What operators had moved here goes home. When nobody else is there, it is ours again at once, with another epoch.

        Raises:
            StoreUnavailable: nothing was changed.
        """
        others = self.others()
        with self._database.transaction() as db:
            came_from = _one(db, number).moved_from
            takers = others if came_from is None or came_from not in others else frozenset({came_from})
            home = self._worker if takers and came_from not in takers else None
            given_up = {"number": number, "worker": self._worker, "home": home}
            return takers if db.execute(_give_up, given_up).rowcount else None

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

    def _taken(self, row: _Mark, home: str | None) -> dict[str, object]:
        return {
            "number": row.partition,
            "seen_epoch": row.epoch,
            "worker": self._worker,
            "home": None if home == self._worker else home,
        }

    def _home(self, row: _Mark, others: frozenset[str]) -> str | None:
        """Give whose share a partition is that we take over; None = ours."""
        if row.moved_from == self._worker:
            return None
        return next((worker for worker in (row.moved_from, row.owner) if worker in others), None)

    def _read(self) -> list[_Mark]:
        with self._database.reading() as db:
            return [_Mark(*row) for row in db.execute(_rows)]


def _one(db: Connection, number: int) -> _Mark:
    return _Mark(*db.execute(_rows.where(watermarks.c.partition == number)).one())


def _kept(row: _Mark, held: Mapping[int, Holding]) -> Holding:
    before = held.get(row.partition)
    if before is not None and before.epoch == row.epoch:
        return before
    return Holding(row.partition, row.epoch, row.position, row.commits)


def shares(
    owners: Mapping[int, str | None],
    alive: frozenset[str],
    me: str,
    moved: Mapping[int, str] = _NOTHING_MOVED,
) -> tuple[list[int], list[int]]:
    """Decide which partitions `me` takes and which it gives back, from who owns what now.

    Each of the living gets as many as any other, give or take one; what is owned stays where it is as far as possible.
    All decide by themselves, and from the same rows alike. What operators have `moved`, from whom of the living, counts as
    that one's share still: nothing else moves for it, and anybody but that one may have it.
    """
    moved = moved if len(alive) > 1 else _NOTHING_MOVED
    counts = Counter(moved.get(number, owner) for number, owner in owners.items())
    at_least, larger = divmod(len(owners), len(alive))
    # Who has most keeps the larger shares: nothing moves for nothing.
    ranking = sorted(alive, key=lambda worker: (-counts[worker], worker))
    quota = at_least + (ranking.index(me) < larger) - sum(home == me for home in moved.values())
    mine = [number for number, owner in owners.items() if owner == me and number not in moved]
    free = [number for number, owner in owners.items() if owner not in alive and number not in moved]
    return free[: max(0, quota - len(mine))] + _given_up_to(me, owners, alive, moved), mine[max(0, quota) :]


def _given_up_to(
    me: str, owners: Mapping[int, str | None], alive: frozenset[str], moved: Mapping[int, str]
) -> list[int]:
    """Give an equal part of what operators have had given up by others, but one at least: the other takers may hang."""
    free = [number for number, home in moved.items() if owners[number] not in alive and home != me]
    takers = alive - {moved[number] for number in free} or alive
    counts = Counter(owners.values())
    equal = -(-(sum(counts[worker] for worker in takers) + len(free)) // len(takers))
    return free[: max(1, equal - counts[me])]
