"""Empties the streams of a broker, which is no loss: they are a copy of the outbox, and the relay publishes it again."""

from core.broker.client import connect, errors_mapped
from core.events.partitioning import stream_key


def empty_streams(url: str, partitions: int) -> None:
    """Delete all streams with their groups.

    Raises:
        BrokerUnavailable: it does not answer or refuses; some streams may be gone already.
    """
    with connect(url) as client, errors_mapped():
        client.delete(*(stream_key(partition) for partition in range(partitions)))
