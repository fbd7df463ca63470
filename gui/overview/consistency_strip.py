"""How long recent links took to full consistency: three figures and a chart of all, painted only when they change.

Bars up to the median are full, those up to the 95th hundredth half so, the rest hollow: shape tells what colour does.
"""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.operating.consistency import Consistency
from core.operating.snapshot import Snapshot
from gui.fonts import strong, words
from gui.overview.consistency_words import SHARE_NAMES, Bars, ConsistencyText, consistency_text
from gui.parts.way import be_way, is_click, is_enter, paint_ring
from gui.theme import Theme, colour_of

_HEIGHT, _SIDE, _TOP = 46, 14, 6
_HEADING_BASELINE, _FIGURES_BASELINE = 19.0, 38.0
#: The chart: its share of the width, between these; room for the writing under its bars.
_CHART_SHARE, _CHART_LEAST, _CHART_MOST, _TICK_ROOM = 0.34, 110.0, 240.0, 12.0
_SIGN, _GAP, _BETWEEN = 8.0, 5.0, 16.0
_LEAST_BAR = 3.0
_HOUR_S = 3_600
_LEADS = "A click, or Enter, looks at the way of the slowest."


class ConsistencyStrip(QWidget):
    """Shows it; a click asks for the way of the slowest link."""

    #: The trace of the slowest link.
    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._slowest: str | None = None
        #: What is shown, and when: which day is today changes what is said.
        self._seen: tuple[Consistency | None, int] | None = None
        self._small, self._figure, self._tick = words(12), strong(13), words(10)
        self.text: ConsistencyText | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        be_way(self)
        theme.changed.connect(self.update)
        self._show(consistency_text(None, 0.0))

    def refresh(self, snapshot: Snapshot) -> None:
        """Show what the snapshot knows."""
        seen, hour = snapshot.consistency, int(snapshot.taken_at // _HOUR_S)
        if (seen, hour) == self._seen:
            return
        self._seen = (seen, hour)
        self._slowest = None if seen is None else seen.slowest_trace
        self._show(consistency_text(seen, snapshot.taken_at))

    def _show(self, text: ConsistencyText) -> None:
        if text != self.text:
            self.text = text
            self.setAccessibleName(f"Time to full consistency. {text.spoken}")
            leads = f"\n{_LEADS}" if self._slowest else ""
            self.setToolTip(f"{text.spoken}{leads}")
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(420, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(260, _HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if is_click(self, event):
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self._choose()
        else:
            super().keyPressEvent(event)

    def _choose(self) -> None:
        if self._slowest:
            self.chosen.emit(self._slowest)

    # Painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        text = self.text
        if text is None:
            return
        painter = QPainter(self)
        tokens = self._theme.tokens
        painter.fillRect(0, 0, self.width(), 1, colour_of(tokens.border))
        room = self.width() - 2 * _SIDE
        chart = min(_CHART_MOST, max(_CHART_LEAST, _CHART_SHARE * room)) if text.bars is not None else 0.0
        said = room - chart - (_BETWEEN if chart else 0.0)
        painter.setFont(self._small)
        painter.setPen(colour_of(tokens.muted))
        cut = QFontMetricsF(self._small).elidedText(text.heading, Qt.TextElideMode.ElideRight, said)
        painter.drawText(QPointF(_SIDE, _HEADING_BASELINE), cut)
        self._paint_figures(painter, text.figures)
        if text.bars is not None:
            place = QRectF(self.width() - _SIDE - chart, _TOP, chart, _HEIGHT - _TOP - 2)
            self._paint_chart(painter, place, text.bars)
        painter.end()
        paint_ring(self, 6)

    def _paint_figures(self, painter: QPainter, figures: tuple[str, ...]) -> None:
        """Paint the figures, each behind the sign of its bars."""
        tokens, left = self._theme.tokens, float(_SIDE)
        for share, (name, figure) in enumerate(zip(SHARE_NAMES, figures, strict=True)):
            self._paint_bar(painter, QRectF(left, _FIGURES_BASELINE - _SIGN - 0.5, _SIGN, _SIGN), share)
            left += _SIGN + _GAP
            for font, text, colour, gap in (
                (self._small, name, tokens.muted, _GAP),
                (self._figure, figure, tokens.text, _BETWEEN),
            ):
                painter.setFont(font)
                painter.setPen(colour_of(colour))
                painter.drawText(QPointF(left, _FIGURES_BASELINE), text)
                left += QFontMetricsF(font).horizontalAdvance(text) + gap

    def _paint_chart(self, painter: QPainter, place: QRectF, bars: Bars) -> None:
        bottom = round(place.bottom() - _TICK_ROOM)
        step = place.width() / len(bars.heights)
        scale = (bottom - place.top()) / max(number for number, _ in bars.heights)
        for which, (number, share) in enumerate(bars.heights):
            if number:
                left, right = round(place.left() + which * step), round(place.left() + (which + 1) * step)
                height = max(_LEAST_BAR, round(number * scale))
                self._paint_bar(
                    painter, QRectF(left, bottom - height, max(2, right - left - 1), height), share
                )
        painter.fillRect(QRectF(place.left(), bottom, place.width(), 1), self._theme.colour("border_strong"))
        self._paint_ticks(painter, place, bottom, bars.ticks)

    def _paint_bar(self, painter: QPainter, place: QRectF, share: int) -> None:
        """Paint a bar full, half or hollow, by the share that it belongs to."""
        colour = self._theme.colour("accent")
        if share == 0:
            painter.fillRect(place, colour)
            return
        painter.setPen(QPen(colour, 1))
        if share == 1:
            soft = self._theme.colour("accent")
            soft.setAlpha(90)
            painter.setBrush(soft)
        else:
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(0.5, 0.5, -0.5, -0.5))

    def _paint_ticks(self, painter: QPainter, place: QRectF, bottom: int, ticks: tuple[str, ...]) -> None:
        """Write the decades under the line, as many as have room."""
        painter.setFont(QFont(self._tick))
        painter.setPen(colour_of(self._theme.tokens.muted))
        metrics = QFontMetricsF(self._tick)
        decades, written = len(ticks) - 1, place.left() - _GAP
        for number, tick in enumerate(ticks):
            at, width = place.left() + place.width() * number / decades, metrics.horizontalAdvance(tick)
            left = min(max(place.left(), at - width / 2), place.right() - width)
            if left >= written + _GAP:
                painter.drawText(QPointF(left, bottom + _TICK_ROOM - 1), tick)
                written = left + width
