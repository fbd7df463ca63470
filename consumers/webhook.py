"""Tell the registered endpoints what happened to a link.

Event:   LinkCreated.v1, LinkUpdated.v1, LinkArchived.v1, LinkRestored.v1
Effect:  one `deliveries` row per event and endpoint; the sender does the calling, so that no endpoint delays an event
Repeat:  harmless - (event, endpoint) is unique, and receivers know repetitions by the `webhook-id`

An endpoint that operators have switched off is not told of what is committed meanwhile, as if it were not there: neither
now nor when it is on again. Deliveries that were there before wait, without attempts, and go out afterwards.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import msgspec
from sqlalchemy import Connection, MetaData, func, select, update

from consumers.webhook_audit import WebhookAudit
from consumers.webhook_sender import WebhookSender
from consumers.webhook_tables import deliveries, metadata
from core.consuming.contract import Answer, Endpoint, Helper
from core.events.envelope import Event
from core.events.tracing import child_traceparent
from core.events.types import EventData, LinkArchived, LinkCreated, LinkRestored, LinkUpdated
from core.storage.database import Database
from core.storage.upsert import insert_for

#: What operators ask for: the deliveries that wait for one endpoint are due at once.
CALL_NOW = "call now"
#: So many deliveries are made due by one errand, the oldest first: its transaction holds up the consumer.
_DUE_AT_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Webhook:
    """The webhook consumer. Order is best effort across links; `data.link_id` and `sequence` let receivers put it right."""

    endpoints: Callable[[], Sequence[Endpoint]]
    secret_of: Callable[[str], str | None]
    allow_private_targets: bool

    name: ClassVar[str] = "webhook"
    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated, LinkUpdated, LinkArchived, LinkRestored)
    tables: ClassVar[MetaData] = metadata
    batch_size: ClassVar[int] = 400
    holds_behind_dead_letters: ClassVar[bool] = False
    errands: ClassVar[tuple[str, ...]] = (CALL_NOW,)

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Write a delivery for each endpoint that is there and was, and was on, when the event happened."""
        now = time.time()
        endpoints = self.endpoints()
        rows = [
            _delivery(event, endpoint, now)
            for event in events
            for endpoint in endpoints
            if endpoint.is_told_of(event)
        ]
        if rows:
            db.execute(insert_for(db, deliveries).on_conflict_do_nothing(), rows)

    def oblige(self, _act: str, argument: str, db: Connection) -> Answer:
        """Let what waits for an endpoint, named by its id, be due now; the sender is woken by the commit."""
        mine = (deliveries.c.endpoint_id == argument) & (deliveries.c.state == "waiting")
        later = select(deliveries.c.delivery_id).where(mine, deliveries.c.next_attempt_at > time.time())
        first = later.order_by(deliveries.c.delivery_id).limit(_DUE_AT_MOST)
        chosen = deliveries.c.delivery_id.in_(first)
        made = db.execute(update(deliveries).where(chosen).values(next_attempt_at=time.time())).rowcount
        if made == _DUE_AT_MOST:
            return Answer(f"The oldest {made:,} deliveries are due now; ask again for the others.")
        if made:
            return Answer(f"{made:,} {'delivery is' if made == 1 else 'deliveries are'} due now.")
        due = db.scalar(select(func.count()).select_from(select(1).where(mine).limit(1).subquery()))
        if due:
            return Answer("What waits is due already.")
        return Answer("Nothing was done: no delivery waits for it.", done=False)

    def helper(self, database: Database) -> Helper:
        """Give the sender."""
        return WebhookSender(
            database, self.secret_of, self._off, allow_private_targets=self.allow_private_targets
        )

    def audit(self) -> WebhookAudit:
        """Give what the ledger asks."""
        return WebhookAudit(self.endpoints())

    def _off(self) -> Collection[str]:
        """Give the ids of the endpoints that are switched off."""
        return {endpoint.endpoint_id for endpoint in self.endpoints() if endpoint.off is not None}


def _delivery(event: Event, endpoint: Endpoint, now: float) -> dict[str, object]:
    return {
        "event_id": event.event_id,
        "endpoint_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "link_id": event.link_id,
        "traceparent": child_traceparent(event.traceparent),
        "body": payload(event),
        "state": "waiting",
        "attempts": 0,
        "next_attempt_at": now,
        "claimed_until": 0.0,
        "created_at": now,
    }


def payload(event: Event) -> bytes:
    """Write the body of an event's webhook: `type`, `timestamp`, `data`, and the event's number within its link."""
    return msgspec.json.encode(
        {
            "type": event.type,
            "timestamp": event.time,
            "sequence": event.sequence,
            "data": msgspec.Raw(event.data_json),
        }
    )
