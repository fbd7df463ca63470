"""A consumer's database: effect, receipts and watermark commit together or not at all, and only by the owner."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, exists, select, update

from core.consuming import tables
from core.consuming.archive import Archive
from core.consuming.contract import Consumer
from core.consuming.event_rows import EVENT_COLUMNS, event_values
from core.consuming.ownership import Holding
from core.consuming.tables import in_hand, inbox, parked, watermarks
from core.errors import OwnershipLost
from core.events.envelope import Event
from core.storage.bulk import insert_rows
from core.storage.database import Database
from core.storage.schema import prepare
from core.storage.upsert import insert_for

_COLUMNS = ("partition", "position", "event_id", "outcome", "applied_at", "worker", "commit_number")
_PARKED_COLUMNS = (*EVENT_COLUMNS, "parked_at", "retried")
_move = (
    update(watermarks)
    .where(
        watermarks.c.partition == bindparam("number"),
        watermarks.c.position == bindparam("before"),
        watermarks.c.epoch == bindparam("our_epoch"),
    )
    .values(position=bindparam("after"), commits=bindparam("commit"))
)
_take_in_hand = (
    update(in_hand)
    .where(
        in_hand.c.partition == bindparam("number"),
        exists().where(
            watermarks.c.partition == in_hand.c.partition, watermarks.c.epoch == bindparam("our_epoch")
        ),
    )
    .values(upto=bindparam("last"), alone=bindparam("only"), strikes=bindparam("before"))
)


@dataclass(frozen=True, slots=True)
class InHand:
    """What a worker had in hand in one partition when it was last heard of."""

    upto: int
    #: The position that was handled alone; 0 = the whole batch.
    alone: int
    strikes: int


class Inbox:
    """The receipts and watermarks of one consumer."""

    def __init__(self, consumer: Consumer, database: Database, worker: str) -> None:
        self._consumer = consumer
        self.database = database
        self.worker = worker
        self._types = frozenset(data.type_name for data in consumer.handles)

    def prepare(self, partitions: Sequence[int], archive: Archive) -> None:
        """Make the tables and rows that are missing; a new consumer begins with the oldest event that is kept.

        Raises:
            SchemaTooNew, StoreUnavailable: as `core.storage.schema.prepare`.
        """
        prepare(self.database, tables.metadata, self._consumer.tables)
        with self.database.reading() as db:
            known = set(db.scalars(select(watermarks.c.partition)))
            noted = set(db.scalars(select(in_hand.c.partition)))
        if known >= set(partitions) and noted >= set(partitions):
            return
        with self.database.transaction() as db:
            places = [
                {"partition": number, "position": _before_oldest(archive, number)}
                for number in set(partitions) - known
            ]
            if places:
                db.execute(insert_for(db, watermarks).on_conflict_do_nothing(), places)
            nothing = [{"partition": number, "upto": 0, "alone": 0, "strikes": 0} for number in partitions]
            db.execute(insert_for(db, in_hand).on_conflict_do_nothing(), nothing)

    # What is in hand

    def take_in_hand(self, notes: Mapping[int, InHand], holdings: Mapping[int, Holding]) -> None:
        """Note what is about to be handled, by partition: should the process die of it, the next one knows.

        Raises:
            OwnershipLost: a partition has another owner now; nothing was noted.
            StoreUnavailable: nothing was noted.
        """
        rows = [
            {
                "number": number,
                "our_epoch": holdings[number].epoch,
                "last": note.upto,
                "only": note.alone,
                "before": note.strikes,
            }
            for number, note in notes.items()
        ]
        with self.database.transaction() as db:
            if db.execute(_take_in_hand, rows).rowcount != len(rows):
                raise OwnershipLost(f"{self._consumer.name}: a partition has another owner now.")

    def was_in_hand(self, number: int) -> InHand:
        """Read what the last owner of a partition had in hand; compare `upto` with the watermark."""
        columns = (in_hand.c.upto, in_hand.c.alone, in_hand.c.strikes)
        with self.database.reading() as db:
            return InHand(*db.execute(select(*columns).where(in_hand.c.partition == number)).one())

    # Effects

    @contextmanager
    def effect(self, moves: Mapping[int, int], holdings: Mapping[int, Holding]) -> Iterator[Connection]:
        """Open the one transaction of an effect, in which the watermarks move (or stay) to `moves`, by partition.

        Raises:
            OwnershipLost: a partition has another owner now; nothing was changed.
            StoreUnavailable: nothing was changed.
        """
        held = [holdings[number] for number in moves]
        rows = [
            {
                "number": holding.partition,
                "before": holding.position,
                "our_epoch": holding.epoch,
                "after": moves[holding.partition],
                "commit": holding.commits + 1,
            }
            for holding in held
        ]
        with self.database.transaction() as db:
            if db.execute(_move, rows).rowcount != len(rows):
                raise OwnershipLost(f"{self._consumer.name}: a partition has another owner now.")
            yield db
        for holding in held:
            holding.position = moves[holding.partition]
            holding.commits += 1

    def apply(
        self,
        runs: Mapping[int, Sequence[Event]],
        holdings: Mapping[int, Holding],
        waiting: Collection[str] = (),
        before_commit: Callable[[], None] = lambda: None,
        passed_by: Mapping[int, Collection[int]] | None = None,
    ) -> None:
        """Apply runs of events, each following its partition's watermark without a gap, in one transaction.

        Events of `waiting` links are parked behind what failed there. Positions that are `passed_by`, by partition, have
        no effect: operators have discarded them.

        Raises:
            OwnershipLost, StoreUnavailable: as `effect`.
            Exception: whatever the consumer raised; nothing was applied.
        """
        events = [event for run in runs.values() for event in run]
        if passed_by:
            events = [event for event in events if event.position not in passed_by.get(event.partition, ())]
        behind: list[Event] = []
        if waiting:
            behind = [event for event in events if event.link_id in waiting and self.is_ours(event)]
            events = [event for event in events if event.link_id not in waiting or not self.is_ours(event)]
        ours = [event for event in events if self.is_ours(event)]
        with self.effect({number: run[-1].position for number, run in runs.items()}, holdings) as db:
            if ours:
                self._consumer.handle(ours, db)
            self._give_receipts(db, events, ours, holdings)
            insert_rows(db, parked, _PARKED_COLUMNS, parked_rows(behind))
            before_commit()

    def apply_parked(self, events: Sequence[Event], holding: Holding, db: Connection, outcome: str) -> None:
        """Apply events that were parked, in the transaction of an `effect`."""
        ours = [event for event in events if self.is_ours(event)]
        if ours:
            self._consumer.handle(ours, db)
        self._give_receipts(db, events, ours, {holding.partition: holding}, outcome)

    def is_ours(self, event: Event) -> bool:
        """Whether the consumer reacts to an event."""
        return event.type in self._types and event.audience in (None, self._consumer.name)

    def _give_receipts(
        self,
        db: Connection,
        events: Sequence[Event],
        ours: Sequence[Event],
        holdings: Mapping[int, Holding],
        outcome: str = "applied",
    ) -> None:
        """Write the receipts of events, of which `ours` had an effect."""
        rows = self._receipts(ours, outcome, holdings)
        if len(ours) < len(events):
            rows += self._receipts(
                [event for event in events if not self.is_ours(event)], "ignored", holdings
            )
        insert_rows(db, inbox, _COLUMNS, rows)

    def _receipts(
        self, events: Sequence[Event], outcome: str, holdings: Mapping[int, Holding]
    ) -> list[tuple[object, ...]]:
        now, worker = time.time(), self.worker
        commits = {number: holding.commits + 1 for number, holding in holdings.items()}
        return [
            (event.partition, event.position, event.event_id, outcome, now, worker, commits[event.partition])
            for event in events
        ]


def parked_rows(events: Sequence[Event], *, retried: bool = False) -> list[tuple[object, ...]]:
    """Write events as rows of the table of parked ones."""
    now = time.time()
    return [(*event_values(event), now, int(retried)) for event in events]


def _before_oldest(archive: Archive, partition: int) -> int:
    oldest = archive.read(partition, after=0, limit=1)
    return oldest[0].position - 1 if oldest else 0
