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

from sqlalchemy import Connection, MetaData

from consumers.qr_audit import QrAudit
from consumers.qr_image import draw_png
from consumers.qr_keeper import QrKeeper
from consumers.qr_tables import codes, metadata
from core.consuming.contract import Helper
from core.events.envelope import Event
from core.events.types import EventData, LinkCreated
from core.storage.database import Database
from core.storage.objects import ObjectStore
from core.storage.upsert import insert_for


@dataclass(frozen=True, slots=True)
class Qr:
    """The QR consumer. A code holds the short URL, so that an edited target needs no new image."""

    objects: ObjectStore

    name: ClassVar[str] = "qr"
    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated,)
    tables: ClassVar[MetaData] = metadata
    #: A tenth of a millisecond each to draw, and several to make a file.
    batch_size: ClassVar[int] = 160
    holds_behind_dead_letters: ClassVar[bool] = False

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Draw, store, note. Should the transaction fail, the same objects are written again."""
        urls = {event.link_id: _short_url(event) for event in events}
        images = {link_id: draw_png(url) for link_id, url in urls.items()}
        rows = [_row(link_id, urls[link_id], png) for link_id, png in images.items()]
        self.objects.put_all((str(row["object_name"]), images[str(row["link_id"])]) for row in rows)
        db.execute(insert_for(db, codes).on_conflict_do_nothing(), rows)

    def helper(self, database: Database) -> Helper:
        """Give the keeper, which sees to it that the disk has the images."""
        return QrKeeper(database, self.objects)

    def audit(self) -> QrAudit:
        """Give what the ledger asks."""
        return QrAudit(self.objects)


def _short_url(event: Event) -> str:
    data = event.data
    assert isinstance(data, LinkCreated)
    return data.short_url


def _row(link_id: str, short_url: str, png: bytes) -> dict[str, object]:
    sha256 = hashlib.sha256(png).hexdigest()
    return {
        "link_id": link_id,
        "short_url": short_url,
        # A folder per link would cost more than the image; 256 of them keep each one small.
        "object_name": f"qr/{link_id[-2:]}/{link_id}-{sha256}.png",
        "size_bytes": len(png),
        "sha256": sha256,
        "drawn_at": time.time(),
        "durable": False,
    }
