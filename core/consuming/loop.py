"""The runtime of one consumer: read, apply, acknowledge. Three levels: supervise, consume, apply.

Acknowledging comes after the commit, never before; what was committed but not acknowledged is delivered again and
recognised by its position. A failing event stops its partition, with backoff; the other partitions go on.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from core.broker.streams import Entry, Streams
from core.consuming.archive import Archive
from core.consuming.backoff import retry_delay
from core.consuming.contract import Consumer
from core.consuming.controls import Wanted
from core.consuming.inbox import Inbox
from core.consuming.runs import FILL_AT_ONCE, contiguous_run, fill
from core.errors import BrokerUnavailable, GroupMissing, OwnershipLost, StoreUnavailable
from core.events.envelope import Event

log = logging.getLogger(__name__)

#: Longest wait for new events; also the longest time until a pause or a stop is noticed, in milliseconds.
BLOCK_MS = 150
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


@dataclass(slots=True)
class _Blocked:
    """A partition that waits behind a failing event."""

    failures: int
    retry_at: float
    error: str


class ConsumerLoop(threading.Thread):
    """Runs one consumer over all partitions until stopped. `status` may be read from any thread."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        inbox: Inbox,
        streams: Streams,
        archive: Archive,
        committed: threading.Event,
    ) -> None:
        super().__init__(name=consumer.name, daemon=True)
        self._consumer = consumer
        self._inbox = inbox
        self._streams = streams
        self._archive = archive
        #: Set after each commit, for the consumer's helper.
        self._committed = committed
        self._stopping = threading.Event()
        self._wanted = Wanted()
        self._changed = threading.Event()
        self._watermarks: dict[int, int] = {}
        self._blocked: dict[int, _Blocked] = {}
        #: Partitions whose entries in flight must be read again before new ones.
        self._recovering: set[int] = set()
        #: What keeps it from working, and how often in a row; forgotten when a round has succeeded.
        self._outage: str | None = None
        self._outages = 0
        self.status = LoopStatus()
        #: Set once the consumer's tables are there.
        self.prepared = threading.Event()
        #: Deliveries of events that had been applied already.
        self.absorbed = 0

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

    # Level 1: supervise

    def run(self) -> None:
        """Consume until stopped; whatever goes wrong around the consumer is waited out."""
        while not self._stopping.is_set():
            try:
                self._connect()
                self._consume()
            except (GroupMissing, OwnershipLost) as error:
                log.warning("%s: %s", self.name, error)
                self._stopping.wait(BACK_AGAIN_S)
            except (BrokerUnavailable, StoreUnavailable) as error:
                self._wait_out(str(error))
            except Exception as error:  # A thread must never die in silence: say it, then try again.
                log.exception("%s failed outside of an event", self.name)
                self._wait_out(f"{type(error).__name__}: {error}")

    def _connect(self) -> None:
        self._watermarks = self._inbox.prepare(list(self._streams.partitions))
        self.prepared.set()
        self._streams.create_groups(self.name)
        self._recovering = set(self._streams.partitions)

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
            self._report()
            if self.status.paused:
                self._outage = None
                self._changed.wait(_PAUSED_GLANCE_S)
                self._changed.clear()
                continue
            now = time.monotonic()
            self._recovering |= {
                number for number, blocked in self._blocked.items() if blocked.retry_at <= now
            }
            open_partitions = [number for number in self._watermarks if number not in self._blocked]
            if self._recovering:
                self._recover(sorted(self._recovering))
            elif open_partitions:
                count = max(1, self._consumer.batch_size // len(open_partitions))
                self._settle(
                    self._streams.read_new(self.name, open_partitions, count=count, block_ms=BLOCK_MS)
                )
            else:
                self._stopping.wait(BLOCK_MS / 1000)
            self._outage, self._outages = None, 0

    def _report(self) -> None:
        """Say what is so; a pause counts as obeyed from here on, since nothing is read until the next report."""
        wanted = self._wanted
        errors = [blocked.error for blocked in self._blocked.values()]
        status = LoopStatus(
            paused=wanted.is_paused(time.time()),
            obeyed_version=wanted.version,
            error=self._outage or (errors[0] if errors else None),
        )
        if status != self.status:
            self.status = status

    def _recover(self, partitions: Sequence[int]) -> None:
        """Deal with what was delivered before and never acknowledged, then with what was lost from the broker."""
        count = max(1, self._consumer.batch_size // len(partitions))
        entries = self._streams.read_in_flight(self.name, partitions, count=count)
        waiting = {entry.partition for entry in entries}
        self._settle(entries)
        delivered = self._streams.group_positions(self.name)
        for number in partitions:
            if number in waiting or self._is_waiting(number):
                continue
            group = delivered.get(number)
            behind = 0 if group is None else group.delivered - self._watermarks[number]
            if behind <= 0:
                self._recovering.discard(number)
                self._blocked.pop(number, None)
            else:
                events = fill(
                    self._archive, number, after=self._watermarks[number], count=min(behind, FILL_AT_ONCE)
                )
                self._apply({number: events})
        self._recovering -= {number for number in partitions if self._is_waiting(number)}

    def _is_waiting(self, partition: int) -> bool:
        blocked = self._blocked.get(partition)
        return blocked is not None and blocked.retry_at > time.monotonic()

    # Level 3: apply

    def _settle(self, entries: Sequence[Entry]) -> None:
        """Apply what was delivered, then acknowledge what the watermarks have passed."""
        delivered: dict[int, list[Entry]] = defaultdict(list)
        for entry in entries:
            delivered[entry.partition].append(entry)
        runs = {}
        for number, batch in delivered.items():
            run = contiguous_run(batch, watermark=self._watermarks[number], archive=self._archive)
            self.absorbed += sum(entry.position <= self._watermarks[number] for entry in batch)
            if run:
                runs[number] = run
        self._apply(runs)
        done = {
            number: [entry.position for entry in batch if entry.position <= self._watermarks[number]]
            for number, batch in delivered.items()
        }
        # What a run could not reach (too large a hole) is still in flight: read it from there.
        self._recovering |= {
            number
            for number, batch in delivered.items()
            if len(done[number]) < len(batch) and not self._is_waiting(number)
        }
        acknowledge = {number: positions for number, positions in done.items() if positions}
        if acknowledge:
            self._streams.acknowledge(self.name, acknowledge)

    def _apply(self, runs: dict[int, list[Event]]) -> None:
        """Apply all runs at once; if that fails, one by one, to find the culprit."""
        if not runs:
            return
        try:
            self._commit(runs)
        except (StoreUnavailable, OwnershipLost):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises is about one of these events
            if sum(len(run) for run in runs.values()) == 1:
                ((number, run),) = runs.items()
                self._doubt(number, run[0], error)
                return
            for number, run in runs.items():
                for event in run:
                    self._apply({number: [event]})
                    if self._watermarks[number] != event.position:
                        break

    def _commit(self, runs: dict[int, list[Event]]) -> None:
        self._inbox.apply(runs, self._watermarks)
        for number, run in runs.items():
            self._watermarks[number] = run[-1].position
            self._blocked.pop(number, None)
        self._committed.set()

    def _doubt(self, partition: int, event: Event, error: Exception) -> None:
        """Try the outbox's copy of an event that failed: the broker's may be damaged. If it is the same, wait."""
        true = fill(self._archive, partition, after=event.position - 1, count=1)
        if true == [event]:
            self._block(partition, event, error)
        else:
            log.warning(
                "%s: position %d of partition %d is damaged in the broker",
                self.name,
                event.position,
                partition,
            )
            self._apply({partition: true})

    def _block(self, partition: int, event: Event, error: Exception) -> None:
        """Let a partition wait behind an event that failed."""
        before = self._blocked.get(partition)
        failures = 1 if before is None else before.failures + 1
        text = f"{event.type} {event.event_id} of link {event.link_id}: {type(error).__name__}: {error}"
        if before is None:
            log.error("%s: %s", self.name, text, exc_info=error)
        self._blocked[partition] = _Blocked(failures, time.monotonic() + retry_delay(failures), text)
