"""Events as objects for JSON: the attributes of CloudEvents, and where each event is."""

import json
from typing import Any

from core.events.envelope import SCHEMA_URI, SOURCE, Event
from core.operating.events.places import EventRow


def event_object(row: EventRow) -> dict[str, Any]:
    """Write an event as an object: the attributes of CloudEvents, and where it is."""
    event = row.event
    found = {
        "id": event.event_id,
        "type": event.type,
        "source": SOURCE,
        "subject": event.link_id,
        "time": event.time,
        "sequence": event.sequence,
        "dataschema": f"{SCHEMA_URI}{event.type}",
        "traceparent": event.traceparent,
        "partition": event.partition,
        "position": event.position or None,
        "published_at": row.published_at,
        "origin": event.origin,
        "audience": event.audience,
        "data": payload_of(event),
    }
    return {name: value for name, value in found.items() if name not in {"origin", "audience"} or value}


def payload_of(event: Event) -> Any:
    """Read an event's data; of one that is no JSON, the text."""
    try:
        return json.loads(event.data_json)
    except (ValueError, RecursionError):
        return event.data_json.decode("utf-8", "replace")
