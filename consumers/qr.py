"""Draw each link's QR code.

Event:   LinkCreated.v1
Effect:  a PNG of the short URL in the object store, and its size, hash and time in `codes`
Repeat:  harmless - the object's name follows from its content, and the row is unique per link
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Column, Connection, Double, Integer, MetaData, Table, Text

from consumers.qr_image import draw_png
from core.events.envelope import Event
from core.events.types import EventData, LinkCreated
from core.storage.objects import ObjectStore
from core.storage.upsert import insert_for

metadata = MetaData()

codes = Table(
    "codes",
    metadata,
    Column("link_id", Text, primary_key=True),
    Column("object_name", Text, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("drawn_at", Double, nullable=False),
    sqlite_with_rowid=False,
)


@dataclass(frozen=True, slots=True)
class Qr:
    """The QR consumer. A code holds the short URL, so that an edited target needs no new image."""

    objects: ObjectStore

    name: ClassVar[str] = "qr"
    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated,)
    tables: ClassVar[MetaData] = metadata
    #: A tenth of a millisecond each to draw, but several to be sure that the disk has it.
    batch_size: ClassVar[int] = 160

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Draw, store, note. Should the transaction fail, the same objects are written again."""
        drawn = [(event.link_id, draw_png(_short_url(event))) for event in events]
        rows = [_row(link_id, png) for link_id, png in drawn]
        self.objects.put_all(
            (str(row["object_name"]), png) for row, (_, png) in zip(rows, drawn, strict=True)
        )
        db.execute(insert_for(db, codes).on_conflict_do_nothing(), rows)

    def helper(self, database: object) -> None:
        """Nothing to do outside the transaction."""


def _short_url(event: Event) -> str:
    data = event.data
    assert isinstance(data, LinkCreated)
    return data.short_url


def _row(link_id: str, png: bytes) -> dict[str, object]:
    sha256 = hashlib.sha256(png).hexdigest()
    return {
        "link_id": link_id,
        # A folder per link would cost more than the image; 256 of them keep each one small.
        "object_name": f"qr/{link_id[-2:]}/{link_id}-{sha256}.png",
        "size_bytes": len(png),
        "sha256": sha256,
        "drawn_at": time.time(),
    }
