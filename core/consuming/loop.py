"""The runtime of one consumer: own partitions, read, apply, acknowledge, try again what waits.

Acknowledging comes after the commit, never before; what was committed but not acknowledged is delivered again and
recognised by its position. A failing event parks its key; all others go on.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from core.broker.streams import Streams
from core.consuming.applier import Applier, Means
from core.consuming.archive import Archive
from core.consuming.backoff import retry_delay
from core.consuming.contract import Consumer
from core.consuming.controls import Wanted
from core.consuming.errands import Errands
from core.consuming.faults import Faults
from core.consuming.inbox import Inbox
from core.consuming.ownership import Ownership
from core.consuming.parking import MAX_KEYS, Parking
from core.consuming.reader import BLOCK_MS, Reader
from core.consuming.retention import Retention
from core.consuming.retrier import Retrier
from core.errors import BrokerUnavailable, GroupMissing, OwnershipLost, StoreUnavailable

log = logging.getLogger(__name__)

#: How often it is looked who owns what, in seconds.
HOLD_S = 0.5
#: A batch takes a quarter of a second; one that takes so long is told of, in seconds.
_TOO_LONG_S = 15.0
#: How long to let go after somebody else was found at work, in seconds.
BACK_AGAIN_S = 0.05
#: How long a paused consumer sleeps between looks, unless it is woken, in seconds.
_PAUSED_GLANCE_S = 0.25
#: Longest wait between attempts to reach broker or database, in seconds: they come back without telling.
_RECONNECT_LONGEST_S = 2.0


@dataclass(frozen=True, slots=True)
class LoopStatus:
    """What a loop says of itself; replaced whole, so that any thread may read it."""

    paused: bool = False
    obeyed_version: int = 0
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What the loops of one worker have in common."""

    #: Gives the workers that run a consumer now, by its name.
    alive: Callable[[str], frozenset[str]]
    #: Held while something is tried that a process has died of: by one loop at a time.
    trial: threading.Lock
    #: How long receipts are kept; 0 = for ever.
    retention_days: int = 0


class ConsumerLoop(threading.Thread):
    """Runs one consumer over the partitions that it owns until stopped. `status` may be read from any thread."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        inbox: Inbox,
        streams: Streams,
        archive: Archive,
        committed: threading.Event,
        faults: Faults,
        shared: Shared,
    ) -> None:
        super().__init__(name=consumer.name, daemon=True)
        self._streams = streams
        self._stopping = threading.Event()
        self._wanted = Wanted()
        self._changed = threading.Event()
        self._means = Means(
            consumer,
            inbox,
            Parking(inbox),
            archive,
            faults,
            committed,
            self._stopping,
            lambda: self._wanted.holds,
            shared.trial,
        )
        self._ownership = Ownership(inbox.database, inbox.worker, lambda: shared.alive(consumer.name))
        self._applier = Applier(self._means)
        self._retrier = Retrier(self._means)
        self._reader = Reader(self._means, self._applier, streams)
        self._retention = Retention(inbox.database, streams, days=shared.retention_days)
        self.errands = Errands(self._means, self._ownership)
        self._hold_at = 0.0
        #: What keeps it from working, and how often in a row; forgotten when a round has succeeded.
        self._outage: str | None = None
        self._outages = 0
        self.status = LoopStatus()
        #: Set once the consumer's tables are there.
        self.prepared = threading.Event()

    # What others say to it

    def want(self, wanted: Wanted) -> None:
        """Tell it what operators want now."""
        if wanted != self._wanted:
            self._wanted = wanted
            self._changed.set()

    def stop(self) -> None:
        """Ask it to end after the batch in hand."""
        self._stopping.set()
        self._changed.set()

    def is_paused(self) -> bool:
        """Whether operators want it to stand still at this moment."""
        return self._wanted.is_paused(time.time())

    def term(self) -> int | None:
        """Give the epoch in which this worker owns the first partition, and so leads the consumer's helpers, or None."""
        first = self._means.holdings.get(0)
        return None if first is None else first.epoch

    def why_slow(self) -> str | None:
        """Say what it has been handling for too long, if anything."""
        busy = self._applier.busy
        if busy is None or time.monotonic() - busy[0] < _TOO_LONG_S:
            return None
        return f"It has been handling {busy[1]} for {time.monotonic() - busy[0]:.0f} s."

    @property
    def absorbed(self) -> int:
        """Deliveries of events that had been dealt with already, since the start."""
        return self._reader.absorbed

    @property
    def owns(self) -> tuple[int, ...]:
        """The partitions that it owns now."""
        return tuple(self._means.holdings)

    # Level 1: supervise

    def run(self) -> None:
        """Consume until stopped; whatever goes wrong around the consumer is waited out."""
        while not self._stopping.is_set():
            try:
                self._connect()
                self._consume()
            except (GroupMissing, OwnershipLost) as error:
                log.warning("%s: %s", self.name, error)
                if isinstance(error, OwnershipLost):
                    self._let_go()
                self._stopping.wait(BACK_AGAIN_S)
            except (BrokerUnavailable, StoreUnavailable) as error:
                self._wait_out(str(error))
            except Exception as error:  # A thread must never die in silence: say it, then try again.
                log.exception("%s failed outside of an event", self.name)
                self._wait_out(f"{type(error).__name__}: {error}")
        self._give_back()

    def _connect(self) -> None:
        self._means.inbox.prepare(list(self._streams.partitions), self._means.archive)
        self.prepared.set()
        self._streams.create_groups(self.name)
        self._reader.recover_from(self._means.holdings)
        self._hold_at = 0.0

    def _let_go(self) -> None:
        """Forget everything about what was owned: somebody has changed it."""
        self._means.parking.forget(self._means.holdings)
        self._means.holdings.clear()

    def _give_back(self) -> None:
        """Leave the partitions to others at once; should that fail, our silence will tell them."""
        try:
            self._ownership.release()
        except StoreUnavailable as error:
            log.warning("%s could not give its partitions back: %s", self.name, error)
        self._let_go()

    def _wait_out(self, error: str) -> None:
        self._outage = error
        self._outages += 1
        self._report()
        # A pause or a stop ends the wait: neither needs what is out.
        self._changed.wait(retry_delay(self._outages, longest_s=_RECONNECT_LONGEST_S))
        self._changed.clear()

    # Level 2: consume

    def _consume(self) -> None:
        while not self._stopping.is_set():
            self._hold()
            self._report()
            if self.errands.do():
                raise OwnershipLost(f"{self.name} begins again.")
            if self.status.paused:
                self._outage = None
                self._changed.wait(_PAUSED_GLANCE_S)
                self._changed.clear()
                continue
            self._retrier.retry_due()
            self._retention.forget_some(self._means.holdings)
            if not self._reader.read():
                self._stopping.wait(BLOCK_MS / 1000)
            self._outage, self._outages = None, 0

    def _hold(self) -> None:
        """See which partitions are ours; what is newly ours begins with what its last owner has left."""
        if time.monotonic() < self._hold_at:
            return
        held = self._means.holdings
        owned = self._ownership.hold(held)
        if self._reader.absorbed_lately:
            self._ownership.absorb(self._reader.absorbed_lately)
            self._reader.absorbed_lately.clear()
        new = [number for number, holding in owned.items() if held.get(number) is not holding]
        gone = [number for number in held if number not in owned]
        if new or gone:
            log.info("%s: owns %s now", self.name, sorted(owned) or "nothing")
        held.clear()
        held.update(owned)
        self._means.parking.forget(gone)
        self._means.parking.load(new)
        for number in new:
            self._applier.take_over(number)
        self._reader.recover_from(new)
        self._hold_at = time.monotonic() + HOLD_S

    def _report(self) -> None:
        """Say what is so; a pause counts as obeyed from here on, since nothing is read until the next report."""
        wanted = self._wanted
        status = LoopStatus(
            paused=wanted.is_paused(time.time()),
            obeyed_version=wanted.version,
            error=self._outage or self._streams.why_waiting() or self._why_links_wait(),
        )
        if status != self.status:
            self.status = status

    def _why_links_wait(self) -> str | None:
        keys = [key for key in self._means.parking.keys.values() if key.attempts]
        if not keys:
            return None
        first = min(keys, key=lambda key: key.first_failed_at)
        if self._means.parking.is_full:
            return f"{MAX_KEYS:,} links wait after failures, nothing new is read: {first.error}"
        others = f" ({len(keys) - 1:,} other links wait as well)" if len(keys) > 1 else ""
        return f"link {first.link_id}, attempt {first.attempts}: {first.error}{others}"
