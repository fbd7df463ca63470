"""Which partition an event belongs to: a stable function of its key, the same in every process and for ever."""

from zlib import crc32


def partition_of(link_id: str, partitions: int) -> int:
    """Give the partition, 0 to `partitions` - 1, of all events of this link."""
    return crc32(link_id.encode()) % partitions


def stream_key(partition: int) -> str:
    """Give the stream of a partition; the braces put each partition into a cluster slot of its own."""
    return f"events:{{{partition}}}"
