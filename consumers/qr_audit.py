"""What the ledger asks of qr: an image per link, there and whole, that shows the link's short URL."""

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError
from sqlalchemy import Connection, Row, select

from consumers.qr_image import draw_png
from consumers.qr_tables import codes
from core.consuming.contract import Effects, Evidence, Examination
from core.events.envelope import Event
from core.events.types import LinkCreated
from core.storage.objects import ObjectStore

#: Images that are drawn again to be compared, unless all shall be.
SAMPLE = 1_000


class QrAudit:
    """The keys are "<link> <short URL>"."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def effects_of(self, event: Event) -> Iterable[str]:
        """See `core.consuming.contract.Audit.effects_of`."""
        data = event.data
        assert isinstance(data, LinkCreated)
        return (f"{event.link_id} {data.short_url}",)

    def effects(self, db: Connection) -> Iterator[Effects]:
        """See `core.consuming.contract.Audit.effects`."""
        # The table allows a link only once.
        for link_id, short_url in db.execute(select(codes.c.link_id, codes.c.short_url)).all():
            yield Effects(f"{link_id} {short_url}", link_id, 1)

    def examine(self, db: Connection, evidence: Evidence) -> Examination:
        """Read every image; draw all of them, or a sample, again to see that they show their short URLs."""
        rows = db.execute(select(codes)).all()
        sample = rows if evidence.full or len(rows) <= SAMPLE else random.sample(rows, SAMPLE)
        drawn_again = {row.link_id for row in sample}
        findings = []
        for row in rows:
            fault = self._fault(row, drawn_again=row.link_id in drawn_again)
            if fault is not None:
                findings.append(f"The image of link {row.link_id} ({row.object_name}) {fault}.")
        remark = f"{len(rows)} images read, {len(drawn_again)} of them drawn again and compared"
        return Examination(findings, [remark])

    def _fault(self, row: Row[Any], *, drawn_again: bool) -> str | None:
        content = self._objects.get(row.object_name)
        if content is None:
            return "is missing"
        if len(content) != row.size_bytes or hashlib.sha256(content).hexdigest() != row.sha256:
            return "is not the one that was noted: its size or hash differ"
        if drawn_again and not _shows(content, row.short_url):
            return f"does not show {row.short_url}"
        return None


def _shows(content: bytes, short_url: str) -> bool:
    """Tell whether an image is the code of a short URL: by its bytes, or by its pixels where another release drew it."""
    drawn = draw_png(short_url)
    return content == drawn or _pixels(content) == _pixels(drawn)


def _pixels(content: bytes) -> tuple[Sequence[int], bytes] | None:
    try:
        with Image.open(BytesIO(content)) as image:
            return image.size, image.convert("1").tobytes()
    except (UnidentifiedImageError, OSError):
        return None
