"""The icons: SVG files drawn in the colours of the theme, sharp at every scale."""

from functools import cache, lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.theme import Theme

#: An icon that stands before a text, in pixels: what it is wider than high is free between the two, beyond what Qt leaves.
BESIDE_TEXT = QSize(18, 15)
_FOLDER = Path(__file__).resolve().parent.parent / "assets"


@cache
def _source(name: str) -> str:
    return (_FOLDER / "icons" / f"{name}.svg").read_text(encoding="utf-8")


@cache
def _drawing(name: str, colour: str) -> QSvgRenderer:
    return QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))


def draw_icon(painter: QPainter, place: QRectF, name: str, colour: str) -> None:
    """Draw an icon into a square place."""
    _drawing(name, colour).render(painter, place)


def _square(place: QRectF) -> QRectF:
    """Give the part of a place at its left that an icon fills."""
    side = min(place.width(), place.height())
    return QRectF(place.left(), place.top(), side, side)


@lru_cache(maxsize=512)
def _picture(name: str, colour: str, width: int, height: int, scale: float) -> QPixmap:
    """Draw an icon once: buttons ask for theirs at each painting."""
    pixmap = QPixmap(QSize(width, height) * scale)
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    draw_icon(painter, _square(QRectF(0, 0, width, height)), name, colour)
    painter.end()
    return pixmap


def copy_icon(painter: QPainter, left: int, top: int, side: int, name: str, colour: str) -> None:
    """Put an icon to a whole pixel: copied from a picture, for places that are painted many times over."""
    painter.drawPixmap(left, top, _picture(name, colour, side, side, painter.device().devicePixelRatioF()))


class _Engine(QIconEngine):
    """Asks the theme at each painting, so one icon serves light, dark and disabled."""

    def __init__(self, theme: Theme, name: str, token: str) -> None:
        super().__init__()
        self._theme, self._name, self._token = theme, name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        draw_icon(painter, _square(QRectF(rect)), self._name, self._colour(mode, state))

    def clone(self) -> QIconEngine:
        return _Engine(self._theme, self._name, self._token)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: N802
        return _picture(self._name, self._colour(mode, state), size.width(), size.height(), scale)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        token = "faint" if mode is QIcon.Mode.Disabled else self._token
        if token == "muted" and state is QIcon.State.On:
            token = "accent"
        colour: str = getattr(self._theme.tokens, token)
        return colour


def icon(theme: Theme, name: str, token: str = "text") -> QIcon:
    """Give an icon in the colour of a token; a muted one takes the accent while its button is checked."""
    return QIcon(_Engine(theme, name, token))


def application_icon() -> QIcon:
    """Give the icon of the application itself."""
    return QIcon(str(_FOLDER / "signalbox.svg"))
