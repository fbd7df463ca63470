"""A chart over time: one or two lines, what they reach, and marks where operators acted. Painted once a second at most."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from core.operating.snapshot import Mark
from gui.consumers.trends import Point, runs_of, span_of
from gui.fonts import strong, words
from gui.formatting import UNKNOWN, clock, duration
from gui.theme import Theme, colour_of

_HEIGHT = 118
#: Room for the title above, the times below, and the scale at the left.
_TOP, _BOTTOM, _LEFT, _RIGHT = 34, 18, 42, 10
#: The pointer is near a mark within so many pixels.
_NEAR_PX = 6
_SIGN = 6.0
#: The corners of the other signs, to the right and down from where a mark stands.
_ARROW = ((-2.5, 0.0), (3.5, 3.0), (-2.5, 6.0))
_DIAMOND = ((0.0, 0.0), (3.0, 3.0), (0.0, 6.0), (-3.0, 3.0))


@dataclass(frozen=True, slots=True)
class Line:
    """What one line shows."""

    #: The field of a point.
    name: str
    title: str
    #: The token of its colour; a second line is dashed as well, so that colour alone tells nothing.
    colour: str
    is_dashed: bool = False


class TrendChart(QWidget):
    """Shows the lines of one consumer; the axis is as long as what is known."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        lines: Sequence[Line],
        write: Callable[[float | None], str],
        least: float,
    ) -> None:
        """`write` writes a figure; a peak below `least` fills only a part of the height."""
        super().__init__()
        self._theme, self._title, self._lines = theme, title, tuple(lines)
        self._write, self._least = write, least
        self._points: tuple[Point, ...] = ()
        self._marks: tuple[Mark, ...] = ()
        self._edge, self._span_s, self._peak = 0.0, 60.0, least
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(title)
        theme.changed.connect(self.update)

    def show_trend(self, points: Sequence[Point], marks: Sequence[Mark], now: float) -> None:
        """Show these; the axis moves on by whole seconds."""
        edge = float(math.ceil(now))
        if (tuple(points), tuple(marks), edge) == (self._points, self._marks, self._edge):
            return
        self._points, self._edge = tuple(points), edge
        self._span_s = span_of(points, edge)
        self._marks = tuple(marks)
        self._peak = max([self._least, *(value for line in self._lines for value in self._values(line))])
        self.setAccessibleName(self._sentence())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(320, _HEIGHT)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks within the time that is shown."""
        return tuple(mark for mark in self._marks if mark.at >= self._edge - self._span_s)

    def _values(self, line: Line) -> list[float]:
        found = (getattr(point, line.name) for point in self._points)
        return [value for value in found if value is not None]

    def _newest(self, line: Line) -> str:
        return self._write(getattr(self._points[-1], line.name)) if self._points else UNKNOWN

    def _sentence(self) -> str:
        now = ", ".join(f"{line.title} {self._newest(line)}" for line in self._lines)
        acts = "".join(f"; {mark.act} at {clock(mark.at)} by {mark.by}" for mark in self.marks)
        return f"{self._title}: {now}, at most {self._write(self._top())} in {duration(self._span_s)}{acts}"

    def _top(self) -> float:
        """What was really reached."""
        return max((value for line in self._lines for value in self._values(line)), default=0.0)

    # Places

    def _room(self) -> QRectF:
        return QRectF(_LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM)

    def _x(self, at: float) -> float:
        room = self._room()
        return room.right() - room.width() * (self._edge - at) / self._span_s

    def _y(self, value: float) -> float:
        room = self._room()
        return room.bottom() - room.height() * value / self._peak

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.told_at(event.x()), self)
            return True
        return super().event(event)

    def told_at(self, x: float) -> str:
        """Say what was so at a place, and what operators did there."""
        acts = [
            f"{clock(mark.at)}  {mark.act}, by {mark.by}"
            for mark in self.marks
            if abs(self._x(mark.at) - x) <= _NEAR_PX
        ]
        near = min(self._points, key=lambda point: abs(self._x(point.at) - x), default=None)
        if near is not None and abs(self._x(near.at) - x) <= 2 * _NEAR_PX:
            figures = ", ".join(
                f"{line.title} {self._write(getattr(near, line.name))}" for line in self._lines
            )
            acts.insert(0, f"{clock(near.at)}  {figures}")
        return "\n".join(acts) or "Nothing is known of this time."

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_head(painter)
        self._paint_axes(painter)
        for mark in self.marks:
            self._paint_mark(painter, mark)
        painter.setClipRect(self._room().adjusted(-2, -2, 4, 2))
        for line in self._lines:
            self._paint_line(painter, line)

    def _paint_head(self, painter: QPainter) -> None:
        left = 10.0
        painter.setFont(strong(12))
        painter.setPen(colour_of(self._theme.tokens.text))
        painter.drawText(QPointF(left, 18), self._title)
        left += painter.fontMetrics().horizontalAdvance(self._title) + 14
        painter.setFont(words(12))
        for line in self._lines:
            colour = colour_of(getattr(self._theme.tokens, line.colour))
            painter.setPen(self._pen(line, colour))
            painter.drawLine(QPointF(left, 14), QPointF(left + 14, 14))
            text = f"{line.title} {self._newest(line)}"
            painter.setPen(colour_of(self._theme.tokens.muted))
            painter.drawText(QPointF(left + 19, 18), text)
            left += 19 + painter.fontMetrics().horizontalAdvance(text) + 14

    def _paint_axes(self, painter: QPainter) -> None:
        room, tokens = self._room(), self._theme.tokens
        painter.setPen(QPen(colour_of(tokens.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        painter.drawLine(room.topLeft(), room.topRight())
        painter.setFont(words(11))
        painter.setPen(colour_of(tokens.faint))
        right = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(QRectF(0, room.top() - 8, _LEFT - 6, 16), right, self._write(self._peak))
        painter.drawText(QRectF(0, room.bottom() - 8, _LEFT - 6, 16), right, "0")
        below = QRectF(room.left(), room.bottom() + 2, room.width(), 15)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), f"{self._span_s / 60:g} min ago")
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), "now")

    def _paint_line(self, painter: QPainter, line: Line) -> None:
        colour = colour_of(getattr(self._theme.tokens, line.colour))
        painter.setPen(self._pen(line, colour))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for run in runs_of(self._points, line.name):
            places = [QPointF(self._x(at), self._y(value)) for at, value in run]
            painter.drawPolyline(QPolygonF(places))

    @staticmethod
    def _pen(line: Line, colour: QColor) -> QPen:
        style = Qt.PenStyle.DashLine if line.is_dashed else Qt.PenStyle.SolidLine
        return QPen(colour, 1.6, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)

    def _paint_mark(self, painter: QPainter, mark: Mark) -> None:
        """Draw two bars for a pause, an arrow for its end, and a diamond for any other act."""
        room, x = self._room(), round(self._x(mark.at)) + 0.5
        colour, top = colour_of(self._theme.tokens.neutral), room.top() - _SIGN - 1
        painter.setPen(QPen(colour, 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(x, room.top()), QPointF(x, room.bottom()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        if mark.act.startswith("pause"):
            painter.drawRect(QRectF(x - 3, top, 2, _SIGN))
            painter.drawRect(QRectF(x + 1, top, 2, _SIGN))
            return
        is_end = mark.act.startswith("resume")
        corners = _ARROW if is_end else _DIAMOND
        painter.drawPolygon(QPolygonF([QPointF(x + right, top + down) for right, down in corners]))
