"""Makes sure that the disk has the QR images, once a second for all that are new, and draws again what a power cut took.

Waiting for the disk at each image would make users wait: a hundred syncs a second slow down the commits of links on the
same disk. Until an image is known to be on it, its row says so, and a start looks at exactly those.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from consumers.qr_image import draw_png
from consumers.qr_tables import codes
from core.consuming.contract import HelperTurn
from core.storage.database import Database
from core.storage.objects import ObjectStore

#: Time between two syncs, in seconds.
_REST_S = 1.0
#: Rows looked at in one go; a start may find any number of them.
AT_ONCE = 5_000

_new = select(codes).where(codes.c.durable.is_(False))
_mark = update(codes).where(codes.c.link_id == bindparam("link")).values(durable=True)


class QrKeeper:
    """The helper of the qr consumer."""

    def __init__(self, database: Database, objects: ObjectStore) -> None:
        self._database = database
        self._objects = objects

    def run(self, turn: HelperTurn) -> None:
        """Work until told to stop; a pause of the consumer does not concern what it has drawn."""
        while not turn.stopping.is_set() and (left := self._read_new()):
            self._mend(left)
            self._keep(left)
        while not turn.stopping.is_set():
            rows = self._read_new()
            if rows:
                self._keep(rows)
            turn.stopping.wait(_REST_S)
            if not rows:
                turn.woken.wait(_REST_S)
            turn.woken.clear()

    def _read_new(self) -> Sequence[Row[Any]]:
        with self._database.reading() as db:
            return db.execute(_new.limit(AT_ONCE)).all()

    def _mend(self, rows: Sequence[Row[Any]]) -> None:
        """Draw what is not there, or not whole: its row outlived a power cut, its file did not."""
        for row in rows:
            content = self._objects.get(row.object_name)
            if content is None or hashlib.sha256(content).hexdigest() != row.sha256:
                self._objects.put_all([(row.object_name, draw_png(row.short_url))])

    def _keep(self, rows: Sequence[Row[Any]]) -> None:
        self._objects.make_durable(row.object_name for row in rows)
        with self._database.transaction() as db:
            db.execute(_mark, [{"link": row.link_id} for row in rows])
