"""Keys that wait: an event whose handling failed, and the later events of its link, in order. All other links flow.

What waits is in the consumer's database; what is needed to divert the next event is in memory as well, for the partitions
that are owned here.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import groupby

from sqlalchemy import Connection, Update, delete, select, update

from core.consuming.attempts import note_failed, note_unfinished
from core.consuming.backoff import LONGEST_S, retry_delay
from core.consuming.dead_letters import bury, count_dead, link_of, note_applied
from core.consuming.event_rows import EVENT_COLUMNS, event_of
from core.consuming.failure import ErrorClass, Failure
from core.consuming.inbox import Inbox, parked_rows
from core.consuming.ownership import Holding
from core.consuming.parked import ParkedEvent, ParkedKey, untried
from core.consuming.tables import parked, parked_keys
from core.events.envelope import Event
from core.storage.bulk import insert_rows
from core.storage.upsert import insert_for

#: With so many links waiting it is not the links: nothing new is read until some succeed.
MAX_KEYS = 1_000
_PARKED_COLUMNS = (*EVENT_COLUMNS, "parked_at", "retried")


class Parking:
    """What waits in the partitions that are owned here. Used by one thread."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        #: By link.
        self.keys: dict[str, ParkedKey] = {}

    @property
    def is_full(self) -> bool:
        """Whether so much waits that nothing new should be read; what waits for an operator alone stops nobody else."""
        return sum(key.error_class is not ErrorClass.HELD for key in self.keys.values()) >= MAX_KEYS

    def load(self, partitions: Collection[int]) -> None:
        """Read what waits in partitions that were just taken."""
        self.forget(partitions)
        if not partitions:
            return
        now, wall = time.monotonic(), time.time()
        with self._inbox.database.reading() as db:
            rows = db.execute(select(parked_keys).where(parked_keys.c.partition.in_(partitions))).all()
        for row in rows:
            # A clock that was set meanwhile must not make it wait for hours.
            wait = (
                None if row.next_attempt_at is None else min(max(0.0, row.next_attempt_at - wall), LONGEST_S)
            )
            self.keys[row.link_id] = ParkedKey(
                row.link_id,
                row.partition,
                ErrorClass(row.error_class),
                row.error,
                row.attempts,
                row.strikes,
                row.first_failed_at,
                None if wait is None else now + wait,
            )

    def forget(self, partitions: Collection[int]) -> None:
        """Forget partitions that are not owned any more."""
        self.keys = {link: key for link, key in self.keys.items() if key.partition not in partitions}

    def due(self, count: int) -> list[ParkedKey]:
        """Give the keys to be tried now, those that have waited longest first."""
        now = time.monotonic()
        due = [key for key in self.keys.values() if key.due is not None and key.due <= now]
        return sorted(due, key=lambda key: key.due or 0.0)[:count]

    def until_due(self) -> float:
        """Give the seconds until the next key is due; infinity when none is."""
        dues = [key.due for key in self.keys.values() if key.due is not None]
        return max(0.0, min(dues) - time.monotonic()) if dues else float("inf")

    def events(self, link_id: str, count: int) -> list[ParkedEvent]:
        """Read the first events of a key, in order; what takes the place of a dead letter comes first, as that did."""
        statement = (
            select(*(parked.c[name] for name in EVENT_COLUMNS), parked.c.retried)
            .where(parked.c.link_id == link_id)
            .order_by(parked.c.origin.is_(None), parked.c.position)
            .limit(count)
        )
        with self._inbox.database.reading() as db:
            return [ParkedEvent(event_of(row), bool(row.retried)) for row in db.execute(statement)]

    # Changes, each in one transaction

    def park(self, event: Event, failure: Failure, holding: Holding) -> None:
        """Let an event wait that failed for the first time; its watermark moves past it."""
        now = time.time()
        key = ParkedKey(
            event.link_id,
            event.partition,
            failure.error_class,
            failure.error,
            1,
            0,
            now,
            time.monotonic() + retry_delay(1),
        )
        with self._inbox.effect({event.partition: event.position}, {event.partition: holding}) as db:
            insert_rows(db, parked, _PARKED_COLUMNS, parked_rows([event]))
            note_failed(db, event, failure, worker=self._inbox.worker)
            self._write(db, key, failure.traceback)
        self.keys[key.link_id] = key

    def note_attempt(self, key: ParkedKey, event: Event, holding: Holding) -> None:
        """Count an attempt at a key's first event before it is made: should the process die of it, the next one knows."""
        with self._inbox.effect({key.partition: holding.position}, {key.partition: holding}) as db:
            if key.strikes:
                note_unfinished(db, event)
            db.execute(_of(key.link_id).values(strikes=key.strikes + 1))

    def failed(self, key: ParkedKey, event: Event, failure: Failure, attempts: int, holding: Holding) -> None:
        """Note a failed attempt at the first event of a key, and when the next one is."""
        new = replace(
            key,
            error_class=failure.error_class,
            error=failure.error,
            attempts=attempts,
            strikes=0,
            first_failed_at=key.first_failed_at if attempts > 1 else time.time(),
            due=time.monotonic() + retry_delay(attempts),
        )
        with self._inbox.effect({key.partition: holding.position}, {key.partition: holding}) as db:
            note_failed(db, event, failure, worker=self._inbox.worker)
            self._write(db, new, failure.traceback)
        self.keys[key.link_id] = new

    def applied(
        self, key: ParkedKey, events: Sequence[ParkedEvent], holding: Holding, *, holds: bool
    ) -> None:
        """Apply the first events of a key.

        Raises:
            Exception: whatever the consumer raised; nothing was applied.
        """
        with self._inbox.effect({key.partition: holding.position}, {key.partition: holding}) as db:
            for is_late, run in groupby(events, key=lambda one: one.is_out_of_order):
                outcome = "retried" if is_late else "applied"
                self._inbox.apply_parked([one.event for one in run], holding, db, outcome)
            for one in events:
                self._remove(db, one.event)
                if one.retried:
                    note_applied(db, one.event)
            after = self.go_on(db, key.link_id, key.partition, holds=holds)
        self.keep(key.link_id, after)

    def give_up(
        self, key: ParkedKey, event: Event, failure: Failure, attempts: int, holding: Holding, *, holds: bool
    ) -> None:
        """Make the first event of a key a dead letter; the later ones are held behind it, or go on."""
        with self._inbox.effect({key.partition: holding.position}, {key.partition: holding}) as db:
            self._remove(db, event)
            note_failed(db, event, failure, worker=self._inbox.worker, gave_up=True)
            bury(
                db,
                event,
                failure,
                attempts=attempts,
                first_failed_at=key.first_failed_at,
                worker=self._inbox.worker,
            )
            after = self.go_on(db, key.link_id, key.partition, holds=holds)
        self.keep(key.link_id, after)

    def give_up_at_once(
        self, event: Event, failure: Failure, attempts: int, holding: Holding, *, holds: bool
    ) -> None:
        """Make an event a dead letter that was never parked; its watermark moves past it."""
        with self._inbox.effect({event.partition: event.position}, {event.partition: holding}) as db:
            note_failed(db, event, failure, worker=self._inbox.worker, gave_up=True, count=attempts)
            bury(
                db, event, failure, attempts=attempts, first_failed_at=time.time(), worker=self._inbox.worker
            )
            after = self.go_on(db, event.link_id, event.partition, holds=holds)
        self.keep(event.link_id, after)

    def put_back(self, db: Connection, event: Event) -> ParkedKey:
        """Park an event again that was a dead letter, in the caller's transaction; give the key to `keep` afterwards."""
        insert_rows(db, parked, _PARKED_COLUMNS, parked_rows([event], retried=True))
        key = untried(event.link_id, event.partition)
        self._write(db, key, "")
        return key

    def go_on(self, db: Connection, link_id: str, partition: int, *, holds: bool) -> ParkedKey | None:
        """Decide what becomes of a key after its first event has gone, in the caller's transaction.

        Gives the key as it is now, None = it waits no more; give that to `keep` afterwards.
        """
        is_held = holds and count_dead(db, link_id) > 0
        more = db.execute(select(parked.c.position).where(parked.c.link_id == link_id).limit(1)).first()
        if not is_held and more is None:
            db.execute(delete(parked_keys).where(parked_keys.c.link_id == link_id))
            return None
        after = untried(link_id, partition)
        if is_held:
            after = replace(
                after, error_class=ErrorClass.HELD, error="It waits behind a dead letter.", due=None
            )
        self._write(db, after, "")
        return after

    def lacks(self, event_id: str, *, in_place_of: tuple[int, int]) -> bool:
        """Whether a dead letter, named by its place, holds its key and the event that replaces it has not come yet."""
        with self._inbox.database.reading() as db:
            link_id = link_of(db, *in_place_of)
            key = self.keys.get(link_id or "")
            if key is None or key.error_class is not ErrorClass.HELD:
                return False
            come = select(parked.c.position).where(parked.c.link_id == link_id, parked.c.event_id == event_id)
            return db.execute(come).first() is None

    def retry_at_once(self, link_id: str) -> bool:
        """Let a key be tried now; False when there is none."""
        key = self.keys.get(link_id)
        if key is None or key.error_class is ErrorClass.HELD:
            return False
        self.keys[link_id] = replace(key, due=time.monotonic())
        return True

    def keep(self, link_id: str, key: ParkedKey | None) -> None:
        """Remember what a transaction, which has been committed, has made of a key."""
        if key is None:
            self.keys.pop(link_id, None)
        else:
            self.keys[link_id] = key

    # Inside

    @staticmethod
    def _remove(db: Connection, event: Event) -> None:
        db.execute(
            delete(parked).where(parked.c.partition == event.partition, parked.c.position == event.position)
        )

    @staticmethod
    def _write(db: Connection, key: ParkedKey, trace: str) -> None:
        now = time.time()
        values = {
            "partition": key.partition,
            "error_class": key.error_class.value,
            "error": key.error,
            "traceback": trace,
            "attempts": key.attempts,
            "strikes": key.strikes,
            "first_failed_at": key.first_failed_at,
            "last_failed_at": now,
            "next_attempt_at": None if key.due is None else now + max(0.0, key.due - time.monotonic()),
        }
        statement = insert_for(db, parked_keys).values(link_id=key.link_id, **values)
        db.execute(statement.on_conflict_do_update(index_elements=["link_id"], set_=values))


def _of(link_id: str) -> Update:
    return update(parked_keys).where(parked_keys.c.link_id == link_id)
