"""Tries parked keys again: each from its first event on, as many as go; what has failed often enough is given up."""

import logging
from collections.abc import Sequence

from core.consuming.applier import Means
from core.consuming.failure import (
    CRASH_STRIKES,
    POISON_ATTEMPTS,
    ErrorClass,
    Failure,
    crash,
    failure_of,
)
from core.consuming.ownership import Holding
from core.consuming.parked import ParkedEvent, ParkedKey
from core.errors import OwnershipLost, StoreUnavailable

log = logging.getLogger(__name__)

#: Keys tried between two looks for new events, so that these don't wait for those.
_AT_ONCE = 10


class Retrier:
    """Tries what is due. Used by the loop's thread."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def retry_due(self) -> None:
        """Try the keys that are due, and let go of keys that are held although operators want them to go on.

        Raises:
            OwnershipLost, StoreUnavailable: the rest stays due.
        """
        means = self._means
        if not means.parking.keys:
            return
        if not means.holds:
            self._let_go()
        for key in means.parking.due(_AT_ONCE):
            if means.stopping.is_set():
                return
            self._retry(key, means.holdings[key.partition])

    def _let_go(self) -> None:
        means = self._means
        held = [key for key in means.parking.keys.values() if key.error_class is ErrorClass.HELD]
        for key in held:
            holding = means.holdings[key.partition]
            with means.inbox.effect({key.partition: holding.position}, {key.partition: holding}) as db:
                after = means.parking.go_on(db, key.link_id, key.partition, holds=False)
            means.parking.keep(key.link_id, after)

    def _retry(self, key: ParkedKey, holding: Holding) -> None:
        events = self._means.parking.events(key.link_id, self._means.consumer.batch_size)
        head = events[:1]
        if key.strikes >= CRASH_STRIKES:
            self._give_up(key, head, crash(key.strikes), key.strikes, holding)
            return
        if key.strikes:
            # A process has died of it before: nothing else shall be in hand.
            self._means.wait_at_random()
            with self._means.trial:
                self._attempt(key, head, holding)
        elif not self._attempt(key, events, holding) and len(events) > 1:
            self._attempt(key, head, holding)

    def _attempt(self, key: ParkedKey, events: Sequence[ParkedEvent], holding: Holding) -> bool:
        """Try events of a key, all or none; the failure of one alone is noted."""
        means = self._means
        means.parking.note_attempt(key, events[0].event, holding)
        try:
            means.faults.before_handling([one.event for one in events], means.stopping)
            means.parking.applied(key, events, holding, holds=means.holds)
        except (StoreUnavailable, OwnershipLost):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises is about one of these events
            if len(events) == 1:
                self._failed(key, events, failure_of(error), holding)
            return False
        means.faults.after_commit()
        means.committed.set()
        return True

    def _failed(
        self, key: ParkedKey, head: Sequence[ParkedEvent], failure: Failure, holding: Holding
    ) -> None:
        attempts = key.attempts + 1
        if failure.error_class is ErrorClass.POISON and attempts >= POISON_ATTEMPTS:
            self._give_up(key, head, failure, attempts, holding)
        else:
            self._means.parking.failed(key, head[0].event, failure, attempts, holding)

    def _give_up(
        self,
        key: ParkedKey,
        head: Sequence[ParkedEvent],
        failure: Failure,
        attempts: int,
        holding: Holding,
    ) -> None:
        event = head[0].event
        log.error(
            "%s: %s of link %s is a dead letter after %d attempts: %s",
            self._means.consumer.name,
            event.event_id,
            event.link_id,
            attempts,
            failure.error,
        )
        self._means.parking.give_up(key, event, failure, attempts, holding, holds=self._means.holds)
