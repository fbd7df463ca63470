"""The relay: takes committed events to the broker, in order, without duplicates, however often either side dies.

It never guesses: after any error it asks the broker for the last position of each stream, and goes on from there.
"""

import logging
import threading
import time
from collections.abc import Callable

from core.broker.streams import Streams
from core.errors import BrokerAhead, BrokerUnavailable, BrokerUnfit, PositionGap, StoreUnavailable
from core.producing.outbox import Outbox, PartitionCursor

log = logging.getLogger(__name__)

#: Events given a position in one transaction, and appended to one partition in one call.
GIVE_AT_ONCE = 1_000
APPEND_AT_ONCE = 250
#: How long the note of what was published may wait for the next event, to be one commit with its position, in seconds.
#: Each commit waits for the disk, and a user's create may have to wait for it.
MARK_S = 0.02
#: How often it looks by itself, should a wake-up be lost, and asks the broker whether it still has what it had; seconds.
GLANCE_S = 1.0
_BACKOFF_S = (0.05, 0.1, 0.2, 0.5, 1.0)


class Relay(threading.Thread):
    """Publishes one outbox. Runs until stopped; `error` says why it does not publish, or is None."""

    def __init__(
        self,
        outbox: Outbox,
        streams: Streams,
        *,
        accept_volatile_broker: bool = False,
        on_error: Callable[[str | None], None] = lambda _error: None,
    ) -> None:
        super().__init__(name="relay", daemon=True)
        self._on_error = on_error
        self._outbox = outbox
        self._streams = streams
        self._accept_volatile_broker = accept_volatile_broker
        self._wake = threading.Event()
        self._stopping = threading.Event()
        #: What the broker was last seen to have, per partition; empty = must be asked.
        self._seen: dict[int, int] = {}
        self._appended_at = 0.0
        self._compared_at = 0.0
        #: Whether the last round left events that could have been published.
        self._is_behind = False
        self._checked_run_id: str | None = None
        self.error: str | None = None
        #: How often the broker was found to have lost entries that it had.
        self.regressions = 0

    def wake(self) -> None:
        """Tell it that there is something to publish; costs nothing and may be called from anywhere."""
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to end after the batch in hand."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Publish until stopped."""
        failures = 0
        while not self._stopping.is_set():
            rest = 0.0
            try:
                rest = self._rest_after(self.publish())
                self._say(None)
                failures = 0
            except PositionGap as error:
                self._seen = {}  # The broker lost entries meanwhile: look again at once.
                log.warning("%s", error)
            except (BrokerUnavailable, StoreUnavailable, BrokerAhead, BrokerUnfit) as error:
                self._wait_out(str(error), failures)
                failures += 1
            except Exception as error:  # A thread must never die in silence: say it, then try again.
                log.exception("the relay failed")
                self._wait_out(f"{type(error).__name__}: {error}", failures)
                failures += 1
            self._wake.wait(rest)
            self._wake.clear()

    def _rest_after(self, more: bool) -> float:
        """Give the longest rest before the next round, in seconds."""
        if self._is_behind:
            return 0.0
        return MARK_S if more else GLANCE_S

    def publish(self) -> bool:
        """Do one round; True when there is more to do.

        Raises:
            BrokerAhead: the database is older than the broker.
            BrokerUnfit: the broker would lose events by its configuration.
            BrokerUnavailable, StoreUnavailable, PositionGap: as they say.
        """
        if not self._seen or time.monotonic() - self._compared_at > GLANCE_S:
            self._compare()
        cursors = self._outbox.advance(self._seen, limit=GIVE_AT_ONCE, seen_at=self._appended_at)
        runs = {
            cursor.partition: self._outbox.read(
                cursor.partition, after=cursor.published, limit=APPEND_AT_ONCE
            )
            for cursor in cursors
            if cursor.given > cursor.published
        }
        self._is_behind = sum(len(run) for run in runs.values()) >= APPEND_AT_ONCE
        if not runs:
            return False
        lasts = self._streams.append(runs)
        self._appended_at = time.time()
        if any(lasts[cursor.partition] > cursor.given for cursor in cursors if cursor.partition in lasts):
            self._seen = {}  # Somebody else publishes there: the next look says so.
        else:
            self._seen.update(lasts)
        return True

    def _compare(self) -> None:
        """Ask the broker where its streams end, and hold that against the database."""
        self._check_fitness()
        seen = self._streams.last_positions()
        self._appended_at, self._compared_at = time.time(), time.monotonic()
        for cursor in self._outbox.cursors():
            self._compare_one(cursor, seen[cursor.partition])
        self._seen = seen

    def _compare_one(self, cursor: PartitionCursor, last: int) -> None:
        if last > cursor.given:
            raise BrokerAhead(
                f"The database is older than the broker: partition {cursor.partition} has position {last} there, "
                f"but only {cursor.given} were given here. Nothing is published until the streams are rebuilt "
                "from this database, or the newer database is back."
            )
        if last < cursor.published:
            self.regressions += 1
            log.warning(
                "the broker has lost entries: partition %d ends at %d, not %d; publishing the difference again",
                cursor.partition,
                last,
                cursor.published,
            )

    def _check_fitness(self) -> None:
        """Refuse a broker that may drop entries on purpose; asked once for each life of the server."""
        facts = self._streams.facts()
        if facts.run_id == self._checked_run_id:
            return
        if facts.policy and facts.policy != "noeviction" and not facts.policy.startswith("volatile-"):
            raise BrokerUnfit(
                f"The broker evicts entries (maxmemory-policy {facts.policy}). Set it to noeviction."
            )
        if not facts.keeps_on_disk and not self._accept_volatile_broker:
            raise BrokerUnfit(
                "The broker keeps nothing on disk (appendonly no). Set it to yes, "
                "or accept that with SIGNALBOX_ACCEPT_VOLATILE_BROKER=true."
            )
        self._checked_run_id = facts.run_id

    def _wait_out(self, reason: str, failures: int) -> None:
        self._seen = {}
        self._say(reason)
        self._stopping.wait(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])

    def _say(self, reason: str | None) -> None:
        """Tell why nothing is published, or that it is again."""
        if reason == self.error:
            return
        if reason is not None:
            log.warning("the relay does not publish: %s", reason)
        self.error = reason
        self._on_error(reason)
