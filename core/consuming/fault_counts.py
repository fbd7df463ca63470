"""How often faults have struck and whether they still may, for all workers together, in the control database."""

import logging
from collections.abc import Sequence

from sqlalchemy import insert, select, update

from core.consuming.control_tables import fault_events, faults
from core.errors import StoreUnavailable
from core.events.envelope import Event
from core.storage.database import Database

log = logging.getLogger(__name__)


class FaultCounts:
    """The counts of one installation. A count that can't be had counts as none: then a fault does not strike."""

    def __init__(self, control: Database) -> None:
        self._control = control
        #: The events that faults have picked which pick no more, by fault. Without it each event would be asked for, and
        #: counted in vain, as long as the fault is set: a transaction in the one database that all consumers share.
        self._last_picks: dict[int, frozenset[str]] = {}

    def is_set(self, fault_id: int) -> bool:
        """Whether nobody has cleared the fault; while nobody can tell, it is taken to be set."""
        try:
            with self._control.reading() as db:
                statement = select(faults.c.id).where(faults.c.id == fault_id, faults.c.cleared_at.is_(None))
                return db.execute(statement).first() is not None
        except StoreUnavailable as error:
            log.warning("fault %d can't be looked up: %s", fault_id, error)
            return True

    def use(self, fault_id: int, at_most: int) -> bool:
        """Count one use, unless the fault is used up or was cleared; tells whether it was counted."""
        return self._use(fault_id, at_most, None)

    def pick(self, fault_id: int, at_most: int, event: Event) -> bool:
        """Count one use for an event; one that was picked before is picked for good, and uses nothing more."""
        if self.has_picked(fault_id, [event]):
            return True
        return fault_id not in self._last_picks and self._use(fault_id, at_most, event)

    def has_picked(self, fault_id: int, events: Sequence[Event]) -> bool:
        """Whether the fault has picked one of the events before."""
        if fault_id in self._last_picks:
            return any(event.event_id in self._last_picks[fault_id] for event in events)
        picked = select(fault_events.c.event_id).where(
            fault_events.c.fault_id == fault_id,
            fault_events.c.event_id.in_([event.event_id for event in events]),
        )
        try:
            with self._control.reading() as db:
                return db.execute(picked).first() is not None
        except StoreUnavailable as error:
            log.warning("fault %d can't be looked up: %s", fault_id, error)
            return False

    def _use(self, fault_id: int, at_most: int, event: Event | None) -> bool:
        count = (
            update(faults)
            .where(faults.c.id == fault_id, faults.c.used < at_most, faults.c.cleared_at.is_(None))
            .values(used=faults.c.used + 1)
        )
        try:
            with self._control.transaction() as db:
                counted = db.execute(count).rowcount == 1
                if counted and event is not None:
                    db.execute(insert(fault_events).values(fault_id=fault_id, event_id=event.event_id))
                elif event is not None:
                    # Used up or cleared, for good: who picks counts in the same transaction.
                    picks = db.scalars(
                        select(fault_events.c.event_id).where(fault_events.c.fault_id == fault_id)
                    )
                    self._last_picks[fault_id] = frozenset(picks)
        except StoreUnavailable as error:
            log.warning("fault %d can't be counted: %s", fault_id, error)
            return False
        return counted
