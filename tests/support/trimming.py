"""Streams that are full, and consumers whose watermarks are put where a test wants them."""

from collections.abc import Mapping

from sqlalchemy import delete, insert

from core.broker.streams import Streams
from core.consuming import tables
from core.consuming.tables import watermarks
from core.operating.installation import Installation
from core.storage.schema import prepare
from tests.support.events import created, make_event
from tests.support.links import PARTITIONS

#: Enough that whole blocks of a stream can go; the broker keeps the rest of the last block.
EVENTS = 600


def fill(streams: Streams, count: int = EVENTS) -> None:
    """Put so many events into each stream."""
    for number in range(PARTITIONS):
        streams.append(
            {
                number: [
                    make_event(created(f"link-{place}"), place, partition=number)
                    for place in range(1, count + 1)
                ]
            }
        )


def move(installation: Installation, consumer: str, positions: Mapping[int, int]) -> None:
    """Put a consumer's watermarks there."""
    database = installation.open_database(consumer)
    prepare(database, tables.metadata)
    with database.transaction() as db:
        db.execute(delete(watermarks))
        db.execute(insert(watermarks), [{"partition": n, "position": p} for n, p in positions.items()])
    database.close()


def everywhere(position: int) -> dict[int, int]:
    """Give that position for each partition."""
    return dict.fromkeys(range(PARTITIONS), position)
