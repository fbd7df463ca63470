"""QR images of links: asked for once their receipt exists, and kept for a while."""

import time
from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.operating.snapshot import Journey
from gui.bridge import Bridge

_KEPT = 64
#: The consumer that makes them.
_MAKER = "qr"
#: So often is looked for an image of which nobody tells whether it exists, in seconds.
_LOOK_S = 1.0


def is_made(journey: Journey) -> bool:
    """Tell whether the journey says that the image exists."""
    return any(name == _MAKER and ms is not None for name, ms in journey.applied_ms)


class QrImages(QObject):
    """Fetches each image once; `arrived` tells the link id whose image is there now."""

    arrived = Signal(str)
    failed = Signal(str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._images: OrderedDict[str, QImage] = OrderedDict()
        self._asked: set[str] = set()
        self._looked_at = 0.0

    def get(self, link_id: str) -> QImage | None:
        """Give a link's image, one pixel a module; None while it is not here."""
        return self._images.get(link_id)

    def want(self, journey: Journey) -> None:
        """Fetch a journey's image if it exists and is not here."""
        if is_made(journey):
            self._ask(journey.link_id)

    def look_for(self, link_id: str) -> None:
        """Fetch a link's image, which may not exist yet: of a link that is no more among those that are followed."""
        if time.monotonic() - self._looked_at >= _LOOK_S:
            self._looked_at = time.monotonic()
            self._ask(link_id)

    def _ask(self, link_id: str) -> None:
        if link_id in self._images or link_id in self._asked:
            return
        if self._bridge.run(
            lambda desk: desk.qr_png(link_id), partial(self._take, link_id), partial(self._fail, link_id)
        ):
            self._asked.add(link_id)

    def _take(self, link_id: str, png: bytes | None) -> None:
        self._asked.discard(link_id)
        image = QImage.fromData(png) if png else QImage()
        if image.isNull():
            return
        self._images[link_id] = image
        while len(self._images) > _KEPT:
            self._images.popitem(last=False)
        self.arrived.emit(link_id)

    def _fail(self, link_id: str, error: BaseException) -> None:
        self._asked.discard(link_id)
        self.failed.emit(link_id, str(error))
