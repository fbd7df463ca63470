"""What followed from an event at webhook and qr, read from outside. Column names are theirs; nothing is changed."""

import hashlib

from sqlalchemy import Connection, and_, column, inspect, select, table

from core.consuming.control_tables import endpoints
from core.consuming.endpoints import switches_of
from core.events.types import LinkCreated
from core.operating.why.facts import Delivery, EndpointFacts, EventFacts, ImageFacts, WebhookFacts
from core.storage.database import Database
from core.storage.objects import ObjectStore

_deliveries = table(
    "deliveries",
    *(
        column(name)
        for name in "delivery_id event_id endpoint_id url state attempts next_attempt_at claimed_until finished_at".split()
    ),
)
_attempts = table("attempts", *(column(name) for name in ("delivery_id", "number", "status", "error")))
_codes = table("codes", *(column(name) for name in ("link_id", "object_name", "sha256", "durable")))
_delivery_columns = [name for name in Delivery.__slots__ if name not in ("status", "error")]


def read_endpoints(control: Database) -> tuple[EndpointFacts, ...]:
    """Read all endpoints, those that were removed as well.

    Raises:
        StoreUnavailable: they can't be read now.
    """
    columns = [endpoints.c[name] for name in EndpointFacts.__slots__]
    with control.reading() as db:
        rows = db.execute(select(*columns).order_by(endpoints.c.created_at))
        return tuple(EndpointFacts(**{**row._mapping, "switches": switches_of(row.switches)}) for row in rows)


def read_webhook(
    db: Connection, event: EventFacts, known: tuple[EndpointFacts, ...], leader: str | None
) -> WebhookFacts | None:
    """Read an event's deliveries; None where there is no table of them."""
    if not inspect(db).has_table(_deliveries.name):
        return None
    last = and_(
        _attempts.c.delivery_id == _deliveries.c.delivery_id, _attempts.c.number == _deliveries.c.attempts
    )
    statement = (
        select(*(_deliveries.c[name] for name in _delivery_columns), _attempts.c.status, _attempts.c.error)
        .select_from(_deliveries.outerjoin(_attempts, last))
        .where(_deliveries.c.event_id == event.event_id)
        .order_by(_deliveries.c.delivery_id)
    )
    return WebhookFacts(known, tuple(Delivery(**row._mapping) for row in db.execute(statement)), leader)


def read_image(db: Connection, event: EventFacts, objects: ObjectStore) -> ImageFacts | None:
    """Read what was noted of a link's image, and look whether it is there; None where there are no such notes.

    Raises:
        StoreUnavailable: the object store can't be read now.
    """
    if event.type != LinkCreated.type_name or not inspect(db).has_table(_codes.name):
        return None
    row = db.execute(select(_codes).where(_codes.c.link_id == event.link_id)).one_or_none()
    if row is None:
        return ImageFacts(is_noted=False)
    content = objects.get(row.object_name)
    return ImageFacts(
        is_noted=True,
        object_name=row.object_name,
        is_durable=bool(row.durable),
        is_there=content is not None,
        is_whole=content is not None and hashlib.sha256(content).hexdigest() == row.sha256,
    )
