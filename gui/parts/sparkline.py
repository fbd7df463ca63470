"""A figure over the last minute, with marks where an operator acted; painted anew only when its picture changes."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.operating.snapshot import Mark
from gui.formatting import clock, count
from gui.theme import Theme
from gui.tokens import Tone

#: Width of the time axis, in seconds.
_SPAN_S = 60.0
#: A peak below this fills only a part of the height, so that a handful of events does not look like a disaster.
_LEAST_PEAK = 10
_DOT = 2.5
#: Points of a second, and one more; nothing else is new while the time axis stands.
_SECOND = 5

Points = tuple[tuple[int, int], ...]


class Sparkline(QWidget):
    """One line. Its time axis moves on by whole seconds, so that what is at rest is painted once a second at most."""

    def __init__(self, theme: Theme, what: str) -> None:
        super().__init__()
        self._theme, self._what = theme, what
        self._tone = Tone.NEUTRAL
        self._points: Points = ()
        self._marks: tuple[tuple[int, Mark], ...] = ()
        self._peak = 0
        #: The line as it was painted last, and how it looked then; None = it has changed.
        self._picture: tuple[object, QPixmap] | None = None
        #: What was asked for last, as far as it can make another picture.
        self._asked: object = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(18)

    def show_history(
        self, history: Sequence[tuple[float, int]], marks: Sequence[Mark], now: float, tone: Tone
    ) -> None:
        """Show what lies within the last minute before `now`."""
        edge = math.ceil(now)
        latest = tuple(value for _, value in history[-_SECOND:])
        asked = (edge, latest, tuple(marks), tone, self.size().toTuple())
        if asked == self._asked:
            return
        self._asked = asked
        seen = [(at, value) for at, value in history if at >= edge - _SPAN_S]
        self._peak = max((value for _, value in seen), default=0)
        points = self._place(seen, edge)
        placed = tuple((self._x(mark.at, edge), mark) for mark in marks if mark.at >= edge - _SPAN_S)
        if (points, placed, tone) == (self._points, self._marks, self._tone):
            return
        self._points, self._marks, self._tone = points, placed, tone
        sentence = self._sentence()
        self.setAccessibleName(sentence)
        self.setToolTip(sentence.replace("; ", "\n"))
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, 36)

    def minimumSizeHint(self) -> QSize:
        return QSize(40, 18)

    def _x(self, at: float, edge: float) -> int:
        return round((self.width() - 2 * _DOT - 1) * (1 - (edge - at) / _SPAN_S))

    def _place(self, seen: Sequence[tuple[float, int]], edge: float) -> Points:
        """Give pixel places: none to what lies between two equal values, the right edge to the newest."""
        scale = (self.height() - 6) / max(self._peak, _LEAST_PEAK)
        last = len(seen) - 1
        kept = [
            number
            for number, (_, value) in enumerate(seen)
            if number in (0, last) or not seen[number - 1][1] == value == seen[number + 1][1]
        ]
        return tuple(
            (self._x(edge if number == last else seen[number][0], edge), round(seen[number][1] * scale))
            for number in kept
        )

    def _sentence(self) -> str:
        text = f"{self._what} over the last minute, at most {count(self._peak)}"
        acts = "".join(f"; {mark.act} at {clock(mark.at)} by {mark.by}" for _, mark in self._marks)
        return text + acts

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = (self.size().toTuple(), self.devicePixelRatioF(), self._theme.is_dark)
        if self._picture is None or self._picture[0] != look:
            self._picture = (look, self._draw())
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture[1])

    def _draw(self) -> QPixmap:
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self._paint(painter)
        painter.end()
        return picture

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_marks(painter)
        bottom = self.height() - 3.0
        painter.setPen(QPen(self._theme.colour("border"), 1))
        painter.drawLine(QPointF(0, bottom), QPointF(self.width(), bottom))
        if not self._points:
            return
        line = QPolygonF([QPointF(x, bottom - y) for x, y in self._points])
        colour = QColor(self._theme.tokens.of(self._tone))
        self._paint_ground(painter, line, colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(
            QPen(colour, 1.5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        )
        painter.drawPolyline(line)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(line.last(), _DOT, _DOT)

    def _paint_ground(self, painter: QPainter, line: QPolygonF, colour: QColor) -> None:
        bottom = float(self.height())
        path = QPainterPath()
        path.addPolygon(line)
        path.lineTo(line.last().x(), bottom)
        path.lineTo(line.first().x(), bottom)
        gradient = QLinearGradient(0, 0, 0, bottom)
        strong, none = QColor(colour), QColor(colour)
        strong.setAlpha(60)
        none.setAlpha(0)
        gradient.setColorAt(0, strong)
        gradient.setColorAt(1, none)
        painter.fillPath(path, gradient)

    def _paint_marks(self, painter: QPainter) -> None:
        for x, mark in self._marks:
            colour = self._theme.colour("neutral")
            painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
            painter.drawLine(QPointF(x + 0.5, 8), QPointF(x + 0.5, self.height()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            self._paint_sign(painter, x, mark.act)

    @staticmethod
    def _paint_sign(painter: QPainter, x: int, act: str) -> None:
        """Draw two bars for a pause, an arrow for its end, and a diamond for any other act."""
        if act.startswith("pause"):
            painter.drawRect(QRectF(x - 2, 0, 2, 6))
            painter.drawRect(QRectF(x + 1, 0, 2, 6))
        elif act.startswith("resume"):
            painter.drawPolygon(QPolygonF([QPointF(x - 2, 0), QPointF(x + 4, 3), QPointF(x - 2, 6)]))
        else:
            corners = ((x + 0.5, 0), (x + 3.5, 3), (x + 0.5, 6), (x - 2.5, 3))
            painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
