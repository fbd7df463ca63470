"""What lies in the streams, read without the code under test."""

from typing import cast

import redis

from core.events.envelope import Event, event_from_fields
from core.events.partitioning import stream_key


def entries_in(client: redis.Redis, partition: int) -> list[tuple[bytes, dict[bytes, bytes]]]:
    """Give ids and fields of a partition's entries, in order."""
    return cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(stream_key(partition)))


def events_in(client: redis.Redis, partition: int) -> list[Event]:
    """Give a partition's events with their positions, in order."""
    return [
        event_from_fields(fields, partition, int(entry_id.removesuffix(b"-0")))
        for entry_id, fields in entries_in(client, partition)
    ]
