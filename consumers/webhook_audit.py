"""What the ledger asks of webhook: a delivery per event and endpoint, each scheduled or in a final state."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, func, not_, or_, select

from consumers.webhook_tables import attempts, deliveries
from core.consuming.contract import Effects, Endpoint, Evidence, Examination
from core.events.envelope import Event

_scheduled = and_(
    deliveries.c.state == "waiting",
    deliveries.c.next_attempt_at.is_not(None),
    deliveries.c.finished_at.is_(None),
)
_final = and_(
    deliveries.c.state.in_(("delivered", "exhausted")),
    deliveries.c.next_attempt_at.is_(None),
    deliveries.c.finished_at.is_not(None),
)
_tried = (
    select(attempts.c.delivery_id, func.count().label("times")).group_by(attempts.c.delivery_id).subquery()
)
_impossible = select(deliveries.c.event_id, deliveries.c.endpoint_id, deliveries.c.state).where(
    not_(or_(_scheduled, _final))
)
_untold = (
    select(
        deliveries.c.event_id,
        deliveries.c.endpoint_id,
        deliveries.c.attempts,
        func.coalesce(_tried.c.times, 0),
    )
    .outerjoin(_tried, deliveries.c.delivery_id == _tried.c.delivery_id)
    .where(deliveries.c.attempts != func.coalesce(_tried.c.times, 0))
)


class WebhookAudit:
    """The keys are "<event> <endpoint>", for the endpoints that are in use.

    Removed ones prove nothing either way, nor do those that an older program has registered by the clock. Of what was
    committed while an endpoint was off there must be no delivery to it; in the very moment of the switch there may be.
    """

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        self._endpoints = {endpoint.endpoint_id: endpoint for endpoint in endpoints if endpoint.after}
        #: As they would be if they had never been off.
        self._always_on = {name: replace(one, switches=()) for name, one in self._endpoints.items()}
        #: Keys that prove nothing.
        self._either: set[str] = set()
        #: Events that were committed while an endpoint was off, by its id.
        self._skipped: Counter[str] = Counter()

    def effects_of(self, event: Event) -> Iterable[str]:
        """See `core.consuming.contract.Audit.effects_of`."""
        keys = []
        for endpoint_id, endpoint in self._endpoints.items():
            key = f"{event.event_id} {endpoint_id}"
            if endpoint.is_told_perhaps(event):
                self._either.add(key)
            elif endpoint.is_told_of(event):
                keys.append(key)
            elif endpoint.switches and self._always_on[endpoint_id].is_told_of(event):
                self._skipped[endpoint_id] += 1
        return keys

    def effects(self, db: Connection) -> Iterator[Effects]:
        """See `core.consuming.contract.Audit.effects`."""
        columns = (deliveries.c.event_id, deliveries.c.endpoint_id, deliveries.c.link_id)
        in_use = deliveries.c.endpoint_id.in_(list(self._endpoints))
        for event_id, endpoint, link_id in db.execute(select(*columns).where(in_use)):
            key = f"{event_id} {endpoint}"
            if key not in self._either:
                # The table allows an event only once for an endpoint.
                yield Effects(key, link_id, 1)

    def examine(self, db: Connection, _evidence: Evidence) -> Examination:
        """See `core.consuming.contract.Audit.examine`."""
        impossible = [
            f"The delivery of event {event_id} to endpoint {endpoint} is neither scheduled nor final: {state}."
            for event_id, endpoint, state in db.execute(_impossible)
        ]
        untold = [
            f"The delivery of event {event_id} to endpoint {endpoint} counts {count} attempts, but {told} are on record."
            for event_id, endpoint, count, told in db.execute(_untold)
        ]
        remarks = [
            f"{self._endpoints[endpoint_id].url} is owed nothing of {count:,} "
            f"{'event' if count == 1 else 'events'}, committed while it was off."
            for endpoint_id, count in self._skipped.items()
        ]
        return Examination([*impossible, *untold], remarks)
