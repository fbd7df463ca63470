"""The envelope of an event: CloudEvents 1.0 attributes, as stream fields and as one frozen record.

Source: CloudEvents 1.0.2; extensions partitioning (`partitionkey`), sequence, distributed tracing (`traceparent`).
"""

import msgspec

from core.errors import MalformedEvent
from core.events.times import unix_seconds
from core.events.types import EVENT_TYPES, EventData

SOURCE = "/signalbox/links"
SCHEMA_URI = "urn:signalbox:schema:"

#: Attributes with the same value in each event of ours.
_CONSTANT_FIELDS = {
    b"specversion": b"1.0",
    b"source": SOURCE.encode(),
    b"datacontenttype": b"application/json",
}

_decoders = {name: msgspec.json.Decoder(data) for name, data in EVENT_TYPES.items()}


class Event(msgspec.Struct, frozen=True, gc=False):
    """One committed fact. `data_json` is decoded on demand, since many consumers look only at the attributes."""

    event_id: str
    type: str
    link_id: str
    #: RFC 3339, UTC.
    time: str
    #: 1, 2, 3 ... per link; None for clicks, which take the relay's order.
    sequence: int | None
    traceparent: str
    data_json: bytes
    partition: int
    #: 1, 2, 3 ... within the partition; 0 = not given yet.
    position: int
    #: The event that an operator has published this one in place of; None = it happened by itself.
    origin: str | None = None
    #: The only consumer that shall react; None = whoever handles the type.
    audience: str | None = None

    @property
    def data(self) -> EventData:
        """Decode the data.

        Raises:
            MalformedEvent: unknown type, or data that does not fit it.
        """
        decoder = _decoders.get(self.type)
        if decoder is None:
            raise MalformedEvent(f"Event {self.event_id} has the unknown type {self.type!r}.")
        try:
            return decoder.decode(self.data_json)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise MalformedEvent(
                f"Event {self.event_id} of type {self.type} does not fit its type: {error}"
            ) from None

    @property
    def committed_at(self) -> float:
        """When the producer committed it, in Unix seconds."""
        return unix_seconds(self.time)

    def to_fields(self) -> dict[bytes, bytes]:
        """Write the event as stream fields."""
        fields = {
            b"id": self.event_id.encode(),
            b"type": self.type.encode(),
            **_CONSTANT_FIELDS,
            b"subject": self.link_id.encode(),
            b"partitionkey": self.link_id.encode(),
            b"time": self.time.encode(),
            b"dataschema": (SCHEMA_URI + self.type).encode(),
            b"traceparent": self.traceparent.encode(),
            b"data": self.data_json,
        }
        if self.sequence is not None:
            fields[b"sequence"] = b"%010d" % self.sequence
        if self.origin is not None:
            fields[b"origin"] = self.origin.encode()
        if self.audience is not None:
            fields[b"audience"] = self.audience.encode()
        return fields


def event_from_fields(fields: dict[bytes, bytes], partition: int, position: int) -> Event:
    """Read an event from stream fields.

    Raises:
        MalformedEvent: an attribute is missing or unreadable.
    """
    try:
        sequence, origin, audience = fields.get(b"sequence"), fields.get(b"origin"), fields.get(b"audience")
        return Event(
            event_id=fields[b"id"].decode(),
            type=fields[b"type"].decode(),
            link_id=fields[b"partitionkey"].decode(),
            time=fields[b"time"].decode(),
            sequence=None if sequence is None else int(sequence),
            traceparent=fields[b"traceparent"].decode(),
            data_json=fields[b"data"],
            partition=partition,
            position=position,
            origin=None if origin is None else origin.decode(),
            audience=None if audience is None else audience.decode(),
        )
    except (KeyError, ValueError) as error:
        raise MalformedEvent(
            f"Entry {position} of partition {partition} is no event of ours: {error!r}"
        ) from None
