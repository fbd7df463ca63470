"""How long the newest links took until every consumer had applied them: their times, for a distribution.

What is complete is not read again, and nothing is while neither the outbox nor a consumer has written anything.
"""

from collections.abc import Mapping

from core.events.tracing import trace_id
from core.operating.consistency import Consistency
from core.operating.readings import ConsumerReadings
from core.operating.rebuilds import is_again, that_stand
from core.producing.outbox import Beginning, Outbox

#: How many links are followed.
COUNT = 200
#: It is looked at most so often, in seconds: a distribution of so many links says the same a moment later.
_EVERY_S = 1.0


class ConsistencyTrack:
    """Follows the newest links; one thread at a time looks."""

    def __init__(self, outbox: Outbox, consumers: Mapping[str, ConsumerReadings]) -> None:
        self._outbox = outbox
        self._consumers = consumers
        #: Per event id: consumer -> time of its receipt; no more than are followed.
        self._receipts: dict[str, dict[str, float]] = {}
        self._newest: list[Beginning] = []
        self._seen: tuple[object, ...] = ()
        self._looked_at = float("-inf")
        self._last: Consistency | None = None

    def look(self, now: float, outbox_seen: object) -> Consistency | None:
        """Give what is known at `now`, in Unix seconds; `outbox_seen` changes with the outbox. None = never read yet."""
        if abs(now - self._looked_at) < _EVERY_S:
            return self._last
        self._looked_at = now
        known = ((name, readings.state, readings.rebuilt_at) for name, readings in self._consumers.items())
        seen = (outbox_seen, *known)
        if seen != self._seen:
            self._newest = self._outbox.beginnings(COUNT)
            before = self._receipts
            self._receipts = {
                one.event_id: that_stand(before.get(one.event_id, {}), self._consumers)
                for one in self._newest
            }
            for name, readings in self._consumers.items():
                self._read(name, readings)
            self._seen, self._last = seen, self._count()
        return self._last

    def _read(self, name: str, readings: ConsumerReadings) -> None:
        missing = {
            one.event_id: (one.partition, one.position)
            for one in self._newest
            if one.position and name not in self._receipts[one.event_id]
        }
        for event_id, applied_at in readings.receipts(missing).items():
            self._receipts[event_id][name] = applied_at

    def _count(self) -> Consistency:
        took = {one: self._took_ms(one) for one in self._newest if not self._is_again(one)}
        complete = {one: ms for one, ms in took.items() if ms is not None}
        slowest = max(complete, key=lambda one: complete[one], default=None)
        times = [one.committed_at for one in self._newest]
        return Consistency(
            times_ms=tuple(sorted(complete.values())),
            waiting=len(took) - len(complete),
            rebuilt=len(self._newest) - len(took),
            oldest_at=min(times, default=None),
            newest_at=max(times, default=None),
            slowest_trace=None if slowest is None else trace_id(slowest.traceparent),
            unread=tuple(name for name, readings in self._consumers.items() if readings.state is None),
        )

    def _is_again(self, one: Beginning) -> bool:
        """Whether a rebuild has written a receipt of it."""
        return any(
            is_again(one.committed_at, at, self._consumers[name].rebuilt_at)
            for name, at in self._receipts[one.event_id].items()
        )

    def _took_ms(self, one: Beginning) -> float | None:
        """Give how long one took to its last receipt; None while one is missing."""
        receipts = self._receipts[one.event_id]
        if not self._consumers or len(receipts) < len(self._consumers):
            return None
        return max(0.0, (max(receipts.values()) - one.committed_at) * 1000)
