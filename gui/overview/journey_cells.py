"""How a journey's cells are painted: the link in two lines, stations on a track, and the time to full consistency.

A busy minute paints hundreds of cells a second: marks are drawn once and then copied, fonts and colours are kept.
"""

from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap

from gui.fonts import code, strong, words
from gui.icons import draw_icon
from gui.overview.journey_rows import JourneyRow, Station
from gui.theme import Theme, colour_of

_MARK = 14
_MARK_Y = 15
_TEXT_Y = 25
#: Between a mark and its track.
_CLEAR = _MARK // 2 + 3
_TRACK_WIDTH = 1.5

_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_TOP = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop)
_TOP_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)


class Cell(Protocol):
    """Paints one kind of cell."""

    def paint(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:
        """Paint what the cell says; the ground is there already."""


class LinkCell:
    """The slug, and under it where it leads."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts = (strong(13), code(11))
        self._metrics = tuple(QFontMetrics(font) for font in self._fonts)

    def paint(self, painter: QPainter, place: QRect, row: JourneyRow, _column: int) -> None:
        room = place.adjusted(14, 0, -8, 0)
        tokens, journey = self._theme.tokens, row.journey
        self._paint_line(painter, room.adjusted(0, 6, 0, 0), 0, journey.slug, tokens.text)
        where = journey.target_url.partition("://")[2]
        self._paint_line(painter, room.adjusted(0, _TEXT_Y - 1, 0, 0), 1, where, tokens.muted)

    def _paint_line(self, painter: QPainter, room: QRect, which: int, text: str, colour: str) -> None:
        cut = self._metrics[which].elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(self._fonts[which])
        painter.setPen(colour_of(colour))
        painter.drawText(room, _TOP_LEFT, cut)


class StationCell:
    """A mark on the track and its time; what waits is hollow."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._font = words(11)
        #: The first column with a station that is shown; no track leads to it.
        self.first = 1
        self._marks: dict[tuple[str, bool, bool, float], QPixmap] = {}

    def paint(self, painter: QPainter, place: QRect, row: JourneyRow, column: int) -> None:
        if column > len(row.stations):
            return
        station = row.stations[column - 1]
        tokens = self._theme.tokens
        middle, y = place.center().x(), place.top() + _MARK_Y
        if column > self.first:
            self._paint_track(painter, place.left() - place.width() // 2, middle, y, reached=station.reached)
        mark = self._mark(station, painter.device().devicePixelRatioF())
        painter.drawPixmap(middle - _MARK // 2, y - _MARK // 2, mark)
        painter.setFont(self._font)
        painter.setPen(colour_of(tokens.muted if station.reached else tokens.of(station.tone)))
        painter.drawText(place.adjusted(0, _TEXT_Y, 0, 0), _TOP, station.text)

    def _paint_track(self, painter: QPainter, before: int, middle: int, y: int, *, reached: bool) -> None:
        """Paint the way from the mark before; to a station that is not reached it is dotted."""
        colour = colour_of(self._theme.tokens.border_strong)
        painter.setPen(QPen(colour, _TRACK_WIDTH, Qt.PenStyle.SolidLine if reached else Qt.PenStyle.DotLine))
        painter.drawLine(before + _CLEAR, y, middle - _CLEAR, y)

    def _mark(self, station: Station, ratio: float) -> QPixmap:
        colour, waits = self._theme.tokens.of(station.tone), station.text == "waiting"
        key = (colour, station.reached, waits, ratio)
        if key not in self._marks:
            sign = self._theme.tokens.surface if station.reached else ""
            self._marks[key] = _draw_mark(colour, sign, waits=waits, ratio=ratio)
        return self._marks[key]


def _draw_mark(colour: str, sign: str, *, waits: bool, ratio: float) -> QPixmap:
    """Draw a full mark with a sign of that colour, or a hollow one without."""
    pixmap = QPixmap(QSize(_MARK, _MARK) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    centre = QPointF(_MARK / 2, _MARK / 2)
    if sign:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawEllipse(centre, _MARK / 2, _MARK / 2)
        draw_icon(painter, QRectF(centre.x() - 4.5, centre.y() - 4.5, 9, 9), "check", sign)
    else:
        painter.setPen(QPen(QColor(colour), 1.5, Qt.PenStyle.DotLine if waits else Qt.PenStyle.SolidLine))
        painter.drawEllipse(centre, _MARK / 2 - 0.75, _MARK / 2 - 0.75)
    painter.end()
    return pixmap


class TotalCell:
    """The time to full consistency, or how many consumers are done."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._fonts: tuple[QFont, QFont] = (words(12), strong(12))

    def paint(self, painter: QPainter, place: QRect, row: JourneyRow, _column: int) -> None:
        tokens = self._theme.tokens
        painter.setFont(self._fonts[row.consistent])
        painter.setPen(colour_of(tokens.text if row.consistent else tokens.warn))
        painter.drawText(place, _CENTRE, row.total)
