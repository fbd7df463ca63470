"""From a fact to the bytes of its event, held to its registered schema on the way."""

import msgspec

from core.events.schemas import check_data
from core.events.types import EventData

_encoder = msgspec.json.Encoder()


def encode(data: EventData) -> bytes:
    """Write the data of a new event as JSON.

    Raises:
        SchemaViolation: it does not fit the schema of its type.
    """
    encoded = _encoder.encode(data)
    check_data(data.type_name, msgspec.json.decode(encoded), len(encoded))
    return encoded
