"""The journeys of the newest links: when each was published, and when each consumer had applied it."""

from collections.abc import Mapping

from core.events.envelope import Event
from core.events.tracing import trace_id
from core.events.types import LinkCreated
from core.operating.readings import ConsumerReadings, State
from core.operating.rebuilds import is_again, that_stand
from core.operating.snapshot import Journey
from core.producing.outbox import Outbox

#: How many links are followed.
COUNT = 12


class Journeys:
    """Follows the newest links; what is complete is not read again."""

    def __init__(self, outbox: Outbox, consumers: Mapping[str, ConsumerReadings]) -> None:
        self._outbox = outbox
        self._consumers = consumers
        #: Per event id: consumer -> time of its receipt.
        self._receipts: dict[str, dict[str, float]] = {}
        #: Per consumer: what those are that it has dealt with and has no receipt of.
        self._troubles: dict[str, dict[str, str]] = {}
        #: None = not read yet.
        self._newest: list[tuple[Event, float | None]] | None = None
        #: Per consumer, what was asked for last, and after how many of its transactions.
        self._asked: dict[str, tuple[State, frozenset[str]]] = {}

    def look(self, *, changed: bool, team_names: Mapping[str, str]) -> tuple[Journey, ...]:
        """Give the journeys, newest link first; `changed` = the outbox is not as it was at the last look."""
        newest = self._newest
        if changed or newest is None or any(published is None for _, published in newest):
            newest = self._newest = self._outbox.newest_links(COUNT)
        events = [event for event, _ in newest]
        before = self._receipts
        self._receipts = {
            event.event_id: that_stand(before.get(event.event_id, {}), self._consumers) for event in events
        }
        for name, readings in self._consumers.items():
            missing = {
                event.event_id: (event.partition, event.position)
                for event in events
                if event.position and name not in self._receipts[event.event_id]
            }
            if self._may_have_come(name, readings, frozenset(missing)):
                for event_id, applied_at in readings.receipts(missing).items():
                    self._receipts[event_id][name] = applied_at
                self._troubles[name] = readings.troubles(
                    {
                        event_id: place
                        for event_id, place in missing.items()
                        if name not in self._receipts[event_id]
                    }
                )
        return tuple(self._journey(event, published, team_names) for event, published in newest)

    def _may_have_come(self, name: str, readings: ConsumerReadings, missing: frozenset[str]) -> bool:
        """Tell whether there may be a receipt that was not there the last time: each comes with a transaction."""
        state = readings.state
        if state is None:
            self._asked.pop(name, None)
            return True
        before, self._asked[name] = self._asked.get(name), (state, missing)
        return before is None or state != before[0] or not missing <= before[1]

    def _journey(self, event: Event, published_at: float | None, team_names: Mapping[str, str]) -> Journey:
        data = event.data
        assert isinstance(data, LinkCreated)
        created_at = event.committed_at
        receipts = self._receipts[event.event_id]
        # The relay notes what it has published a little later; what a consumer has applied was out before.
        out = [at for at in (published_at, *receipts.values()) if at is not None]
        return Journey(
            link_id=event.link_id,
            event_id=event.event_id,
            trace_id=trace_id(event.traceparent),
            slug=data.slug,
            short_url=data.short_url,
            target_url=data.target_url,
            team=team_names.get(data.team_id, "?"),
            created_at=created_at,
            published_ms=_ms(created_at, min(out)) if out else None,
            applied_ms=tuple(
                (name, _ms(created_at, receipts[name]) if name in receipts else None)
                for name in self._consumers
            ),
            rebuilt=tuple(
                name
                for name, readings in self._consumers.items()
                if name in receipts and is_again(created_at, receipts[name], readings.rebuilt_at)
            ),
            troubles=tuple(
                (name, found[event.event_id])
                for name, found in self._troubles.items()
                if event.event_id in found and name not in receipts
            ),
        )


def _ms(start: float, end: float) -> float:
    return max(0.0, (end - start) * 1000)
