"""The icons: SVG files drawn in the colours of the theme, sharp at every scale."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from gui.theme import Theme

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


class _Engine(QIconEngine):
    """Asks the theme at each painting, so one icon serves light, dark and disabled."""

    def __init__(self, theme: Theme, name: str, token: str) -> None:
        super().__init__()
        self._theme, self._name, self._token = theme, name, token

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        token = "faint" if mode is QIcon.Mode.Disabled else self._token
        if token == "muted" and state is QIcon.State.On:
            token = "accent"
        draw_icon(painter, QRectF(rect), self._name, getattr(self._theme.tokens, token))

    def clone(self) -> QIconEngine:
        return _Engine(self._theme, self._name, self._token)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: N802
        pixmap = QPixmap(size * scale)
        pixmap.setDevicePixelRatio(scale)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)


def icon(theme: Theme, name: str, token: str = "text") -> QIcon:
    """Give an icon in the colour of a token; a muted one takes the accent while its button is checked."""
    return QIcon(_Engine(theme, name, token))


def application_icon() -> QIcon:
    """Give the icon of the application itself."""
    return QIcon(str(_FOLDER / "signalbox.svg"))
