"""Reads a consumer's partitions and has applied what comes: what was in flight first, then what is new; holes are filled.

Acknowledging comes after the commit, never before.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from core.broker.streams import Entry, Streams
from core.consuming.applier import Applier, Means
from core.consuming.runs import FILL_AT_ONCE, contiguous_run, fill
from core.consuming.strangers import Strangers

#: Longest wait for new events; also the longest time until a pause or a stop is noticed, in milliseconds.
BLOCK_MS = 150
#: How often a reader that is given nothing looks whether the broker has something that it does not deliver, in seconds.
_STRANDED_S = 0.5


class Reader:
    """Reads the partitions that are owned. Used by the loop's thread."""

    def __init__(self, means: Means, applier: Applier, streams: Streams) -> None:
        self._means = means
        self._applier = applier
        self._streams = streams
        self._group = means.consumer.name
        self._strangers = Strangers(means, streams)
        #: Partitions whose entries in flight must be read again before new ones.
        self._recovering: set[int] = set()
        #: Of these, the ones whose newest entries the broker delivers no more.
        self._stranded: set[int] = set()
        self._look_at = 0.0
        #: Deliveries of events that had been dealt with already: all of them, and by partition those not yet counted
        #: in the database.
        self.absorbed = 0
        self.absorbed_lately: Counter[int] = Counter()

    def recover_from(self, partitions: Iterable[int]) -> None:
        """Begin with what was in flight in partitions that were taken, or after the connection was lost."""
        self._recovering |= set(partitions)

    def read(self) -> bool:
        """Do one round; False when there is nothing that may be read.

        Raises:
            GroupMissing, BrokerUnavailable, StoreUnavailable, OwnershipLost: as they say.
        """
        waiting = self._streams.waiting()
        # What was in flight there is looked for when they can be asked again.
        self._recovering |= waiting.keys()
        self._recovering &= self._means.holdings.keys()
        owned = [number for number in self._means.holdings if number not in waiting]
        if recovering := self._recovering.intersection(owned):
            self._recover(sorted(recovering))
        elif owned and not self._means.parking.is_full:
            self._read_new(owned)
        else:
            return False
        return True

    def _read_new(self, owned: Sequence[int]) -> None:
        count = max(1, self._means.consumer.batch_size // len(owned))
        # A key that is due soon must not wait for the end of a long wait; 0 would wait for ever.
        block_ms = max(1, min(BLOCK_MS, int(min(1.0, self._means.parking.until_due()) * 1000)))
        entries = self._streams.read_new(self._group, owned, count=count, block_ms=block_ms)
        if entries:
            self._settle(entries)
        elif time.monotonic() >= self._look_at:
            self._look_for_stranded()
            self._look_at = time.monotonic() + _STRANDED_S

    def _look_for_stranded(self) -> None:
        """Find events that the broker has, or had, and will not deliver: trimmed, or given to a reader that is gone."""
        lasts = self._streams.last_positions()
        self._stranded = {
            number
            for number, holding in self._means.holdings.items()
            if lasts.get(number, 0) > holding.position
        }
        self._recovering |= self._stranded

    def _recover(self, partitions: Sequence[int]) -> None:
        """Deal with what was delivered before and never acknowledged, then with what was lost from the broker."""
        count = max(1, self._means.consumer.batch_size // len(partitions))
        entries = self._streams.read_in_flight(self._group, partitions, count=count)
        waiting = {entry.partition for entry in entries}
        self._settle(entries)
        delivered = self._streams.group_positions(self._group)
        lasts = self._streams.last_positions() if self._stranded else {}
        for number in partitions:
            if number in waiting:
                continue
            group = delivered.get(number)
            upto = 0 if group is None else group.delivered
            if number in self._stranded:
                upto = max(upto, lasts.get(number, 0))
            position = self._means.holdings[number].position
            if upto <= position:
                self._recovering.discard(number)
                self._stranded.discard(number)
            else:
                missing = min(upto - position, FILL_AT_ONCE)
                events = fill(self._means.archive, number, after=position, count=missing)
                self._applier.apply({number: events})

    def _settle(self, entries: Sequence[Entry]) -> None:
        """Apply what was delivered, then acknowledge what the watermarks have passed."""
        holdings = self._means.holdings
        delivered: dict[int, list[Entry]] = defaultdict(list)
        ours = self._strangers.set_apart(self._group, entries)
        for entry in self._means.faults.delivered(ours):
            delivered[entry.partition].append(entry)
        runs = {}
        for number, batch in delivered.items():
            watermark = holdings[number].position
            run = contiguous_run(batch, watermark=watermark, archive=self._means.archive)
            self._absorb(number, batch, watermark)
            if run:
                runs[number] = run
        self._applier.apply(runs)
        done = {
            number: [entry.position for entry in batch if entry.position <= holdings[number].position]
            for number, batch in delivered.items()
        }
        # What a run could not reach (too large a hole) is still in flight: read it from there.
        self._recovering |= {number for number, batch in delivered.items() if len(done[number]) < len(batch)}
        acknowledge = {number: positions for number, positions in done.items() if positions}
        if acknowledge:
            self._streams.acknowledge(self._group, acknowledge)

    def _absorb(self, number: int, batch: Sequence[Entry], watermark: int) -> None:
        """Count deliveries of what had been dealt with, or is in this batch twice."""
        fresh = {entry.position for entry in batch if entry.position > watermark}
        again = len(batch) - len(fresh)
        if again:
            self.absorbed_lately[number] += again
            self.absorbed += again
