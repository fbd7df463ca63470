"""From what the broker delivered to runs without a gap: duplicates dropped, holes filled from the archive.

The next position is always watermark + 1. Smaller is a duplicate; larger is a hole. That one rule covers trimming,
a flushed broker, double delivery, a failover and a broker restored from an older copy.
"""

from collections.abc import Iterable

from core.broker.streams import Entry
from core.consuming.archive import Archive
from core.errors import MalformedEvent, StoreUnavailable
from core.events.envelope import Event, event_from_fields
from core.events.types import EVENT_TYPES

#: Events taken from the archive for one batch.
FILL_AT_ONCE = 500


def contiguous_run(entries: Iterable[Entry], *, watermark: int, archive: Archive) -> list[Event]:
    """Make a run of one partition's entries that follows the watermark without a gap.

    The run may end before the last entry (a hole too large for one batch), or be empty (all duplicates).

    Raises:
        StoreUnavailable: the archive can't be read, or does not have what is missing.
    """
    run: list[Event] = []
    position = watermark
    for entry in entries:
        if entry.position <= position:
            continue
        if entry.position > position + 1:
            missing = entry.position - position - 1
            run += fill(archive, entry.partition, after=position, count=min(missing, FILL_AT_ONCE))
            if missing > FILL_AT_ONCE:
                return run
        run.append(_event(entry, archive))
        position = entry.position
    return run


def fill(archive: Archive, partition: int, *, after: int, count: int) -> list[Event]:
    """Take the `count` events behind a position from the archive.

    Raises:
        StoreUnavailable: it has not all of them.
    """
    events = archive.read(partition, after=after, limit=count)
    wanted = list(range(after + 1, after + 1 + count))
    if [event.position for event in events] != wanted:
        raise StoreUnavailable(
            f"Positions {wanted[0]} to {wanted[-1]} of partition {partition} are neither in the broker nor in the outbox."
        )
    return events


def _event(entry: Entry, archive: Archive) -> Event:
    if entry.fields is not None and entry.is_sealed:
        try:
            event = event_from_fields(entry.fields, entry.partition, entry.position)
        except MalformedEvent:
            pass  # Not ours, whoever wrote it; the true event of this position is in the archive.
        else:
            if event.type in EVENT_TYPES:
                return event
            # Of a newer program, or damaged: the archive knows.
    return fill(archive, entry.partition, after=entry.position - 1, count=1)[0]
