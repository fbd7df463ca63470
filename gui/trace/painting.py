"""How a band is painted: names at the left, waits as bars and moments as icons in the middle, how it stands at the right.

A wait that goes on is hatched and has no end; what state something is in is told by its icon and its words as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen

from core.operating.traces.trace import StepKind
from gui.fonts import strong, words
from gui.icons import draw_icon
from gui.theme import colour_of
from gui.tokens import Tokens
from gui.trace.bands import HEAD, LANE, Band, Lane
from gui.trace.rows import Key, StepRow, end_of
from gui.trace.tick_words import tick_after, tick_at
from gui.trace.time_scale import TimeScale

ICON = 15.0
_BAR = 7.0
#: Waits shorter than this many pixels are told by the icons alone.
_LEAST_BAR_PX = 1.0
_LEFT_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)


@dataclass(frozen=True, slots=True)
class View:
    """What is needed to know where something stands."""

    scale: TimeScale
    #: The left edge and the width of the axis, and of the whole, in pixels.
    left: float
    width: float
    whole_width: float
    now: float
    #: Where the axis begins for the first band, in Unix seconds, while it tells the clock; None = it tells durations.
    clock_zero: float | None

    def x(self, at: float, zero: float) -> float:
        """Give the place of a time of an event whose axis begins at `zero`."""
        # Far outside is just outside: painters don't take millions of pixels well.
        return self.left + self.width * min(2.0, max(-1.0, self.scale.part(at - zero)))

    def span(self, row: StepRow, zero: float) -> tuple[float, float] | None:
        """Give from where to where a step goes, of a moment twice the same; None = it has no place."""
        end = end_of(row.step, self.now)
        if row.step.at is None or end is None:
            return None
        return self.x(row.step.at, zero), self.x(end, zero)


def is_bar(row: StepRow) -> bool:
    """Whether a step is a wait, which has no icon of its own."""
    return row.step.kind is StepKind.WAIT


class BandPainter:
    """Paints bands with one painter; places are in pixels of the whole, from its top."""

    def __init__(self, painter: QPainter, tokens: Tokens, view: View, chosen: Key | None) -> None:
        self._painter, self._tokens, self._view, self._chosen = painter, tokens, view, chosen

    def paint(self, band: Band, zero: float) -> None:
        """Paint one event."""
        self._paint_head(band)
        for lane in band.lanes:
            self._paint_names(lane)
            self._painter.save()
            self._painter.setClipRect(QRectF(self._view.left - 10, lane.top, self._view.width + 20, LANE))
            self._paint_lane(lane, zero)
            self._painter.restore()

    def paint_origin(self, band: Band, origin: Band) -> None:
        """Lead from the event in whose place another one was published to that one."""
        x, top, bottom = 5.5, origin.top + HEAD / 2 + 7.0, band.top + HEAD / 2.0
        self._painter.setPen(QPen(self._colour("accent"), 1.4, Qt.PenStyle.DashLine))
        self._painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        self._painter.drawLine(QPointF(x, bottom), QPointF(x + 6, bottom))
        self._painter.drawLine(QPointF(x + 6, bottom), QPointF(x + 3, bottom - 3))
        self._painter.drawLine(QPointF(x + 6, bottom), QPointF(x + 3, bottom + 3))

    def paint_ticks(self, ticks: Sequence[float], top: float, bottom: float) -> None:
        """Paint the lines of the axis."""
        self._painter.setPen(QPen(self._colour("border"), 1))
        for seconds in ticks:
            x = round(self._tick_x(seconds)) + 0.5
            self._painter.drawLine(QPointF(x, top), QPointF(x, bottom))

    def paint_axis(self, ticks: Sequence[float], height: float) -> None:
        """Paint what the lines stand for, above all bands."""
        view = self._view
        self._painter.fillRect(QRectF(0, 0, view.whole_width, height), self._colour("surface"))
        self._painter.setPen(QPen(self._colour("border"), 1))
        self._painter.drawLine(QPointF(0, height - 0.5), QPointF(view.whole_width, height - 0.5))
        said = "after commit" if view.clock_zero is None else "at, local time"
        self._text(said, QRectF(14, 0, view.left - 30, height), words(11), "faint", _LEFT_MIDDLE)
        for seconds in ticks:
            place = QRectF(self._tick_x(seconds) - 44, 0, 88, height)
            self._text(self._tick_words(seconds, ticks), place, words(11), "faint", _CENTRE)

    def _tick_x(self, seconds: float) -> float:
        return self._view.left + self._view.width * self._view.scale.part(seconds)

    def _tick_words(self, seconds: float, ticks: Sequence[float]) -> str:
        apart = ticks[1] - ticks[0] if len(ticks) > 1 else 1.0
        zero = self._view.clock_zero
        return tick_after(seconds) if zero is None else tick_at(zero + seconds, apart)

    def _paint_head(self, band: Band) -> None:
        place = QRectF(14, band.top + 3, self._view.whole_width - 28, HEAD - 3)
        self._text(band.title, place, strong(12), "text", _LEFT_MIDDLE)
        if band.note:
            room = self._view.left + self._view.width + 14
            self._painter.setFont(strong(12))
            begin = 14.0 + self._painter.fontMetrics().horizontalAdvance(band.title) + 16
            rest = QRectF(begin, place.top(), max(0.0, self._view.whole_width - begin - 12), place.height())
            if begin < room:
                self._text(band.note, rest, words(12), "accent", _LEFT_MIDDLE)

    def _paint_names(self, lane: Lane) -> None:
        view, outcome = self._view, lane.outcome
        name = QRectF(14, lane.top, view.left - 26, LANE)
        self._text(lane.name, name, words(12), "muted", _LEFT_MIDDLE)
        left = view.left + view.width + 14
        if outcome is not None:
            place = QRectF(left, lane.top + (LANE - 13) / 2, 13, 13)
            draw_icon(self._painter, place, outcome.picture, getattr(self._tokens, outcome.colour))
        room = QRectF(left + 19, lane.top, max(0.0, view.whole_width - left - 25), LANE)
        is_trouble = outcome is not None and outcome.colour in ("bad", "warn")
        self._text(lane.words, room, words(12), outcome.colour if outcome and is_trouble else "muted")

    def _paint_lane(self, lane: Lane, zero: float) -> None:
        middle = lane.top + LANE / 2
        self._painter.setPen(QPen(self._colour("border"), 1))
        left, right = self._view.left, self._view.left + self._view.width
        self._painter.drawLine(QPointF(left, round(middle) + 0.5), QPointF(right, round(middle) + 0.5))
        for row in lane.rows:
            self._paint_bar(row, zero, middle)
        for row in lane.rows:
            span = self._view.span(row, zero)
            if span is not None and not is_bar(row):
                for x in dict.fromkeys(span):
                    self._paint_sign(row, x, middle)

    def _paint_bar(self, row: StepRow, zero: float, middle: float) -> None:
        span = self._view.span(row, zero)
        if span is None or span[1] - span[0] < _LEAST_BAR_PX:
            return
        begin, end = span
        place = QRectF(begin, middle - _BAR / 2, end - begin, _BAR)
        colour = self._colour(row.colour if row.step.is_open or not is_bar(row) else "border_strong")
        if row.step.is_open:
            self._hatch(place, colour)
        else:
            thin = place if is_bar(row) else place.adjusted(0, 2, 0, -2)
            self._painter.fillRect(thin, colour)
        if row.key == self._chosen and is_bar(row):
            self._ring(place.adjusted(-1, -4, 1, 4))

    def _hatch(self, place: QRectF, colour: QColor) -> None:
        """Paint a bar that has a beginning and no end yet."""
        self._painter.fillRect(place, colour_of(self._tokens.warn_soft))
        self._painter.fillRect(place, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        self._painter.setPen(QPen(colour, 1))
        self._painter.drawLine(place.topLeft(), place.topRight())
        self._painter.drawLine(place.bottomLeft(), place.bottomRight())
        self._painter.drawLine(place.topLeft(), place.bottomLeft())

    def _paint_sign(self, row: StepRow, x: float, middle: float) -> None:
        place = QRectF(x - ICON / 2, middle - ICON / 2, ICON, ICON)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.setBrush(self._colour("surface"))
        self._painter.drawEllipse(place.adjusted(-1.5, -1.5, 1.5, 1.5))
        draw_icon(self._painter, place, row.picture, getattr(self._tokens, row.colour))
        if row.key == self._chosen:
            self._ring(place.adjusted(-2, -2, 2, 2))

    def _ring(self, place: QRectF) -> None:
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(QPen(self._colour("accent"), 2))
        self._painter.drawRoundedRect(place, 5, 5)

    def _text(self, text: str, place: QRectF, font: QFont, colour: str, align: int = _LEFT_MIDDLE) -> None:
        self._painter.setFont(font)
        self._painter.setPen(self._colour(colour))
        cut = self._painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(place.width()))
        self._painter.drawText(place, align, cut)

    def _colour(self, name: str) -> QColor:
        return colour_of(getattr(self._tokens, name))
