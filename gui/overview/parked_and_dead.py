"""What a consumer could not do, on its card: events that wait for another attempt, and dead letters that wait for you.

It keeps its line also while there is nothing to say, so that nothing moves when there is.
"""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.fonts import words
from gui.icons import draw_icon
from gui.overview.card_text import Count
from gui.theme import Theme

_HEIGHT, _SIGN, _SIGN_GAP, _GAP = 16, 12, 4, 11
_BASELINE = 12.0
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right)
_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class ParkedAndDead(QWidget):
    """Shows counts side by side; where there is no room for their words, the signs and figures stay.

    A click on one asks for what it counts, or Enter: for the last one, which is the worst, until an arrow goes to another.
    """

    #: The word of the count that was clicked, such as "dead".
    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._counts: tuple[Count, ...] = ()
        #: The one that Enter is for; counted from the end, so that the worst is first.
        self._from_end = 1
        self.setFont(words(12, QFont.Weight.Medium))
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """All that is shown; empty when there is nothing."""
        return ", ".join(count.text for count in self._counts)

    def show_counts(self, counts: Sequence[Count]) -> None:
        """Show these, and no others."""
        if tuple(counts) != self._counts:
            self._counts, self._from_end = tuple(counts), 1
            self.setAccessibleName(self.text)
            self.setAccessibleDescription("\n".join(count.tip for count in counts))
            policy = Qt.FocusPolicy.TabFocus if counts else Qt.FocusPolicy.NoFocus
            self.setFocusPolicy(policy)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(80, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._counts:
            return
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        for number, (count, text, left) in enumerate(self._places()):
            if self.hasFocus() and number == len(self._counts) - self._from_end:
                painter.setPen(QColor(self._theme.tokens.accent))
                wide = _SIGN + 2 * _SIGN_GAP + metrics.horizontalAdvance(text) + 2
                painter.drawRoundedRect(QRectF(max(0.5, left - 3), 0.5, wide, _HEIGHT - 1), 3, 3)
            colour = self._theme.tokens.of(count.tone)
            draw_icon(painter, QRectF(left, (_HEIGHT - _SIGN) / 2, _SIGN, _SIGN), count.icon, colour)
            painter.setPen(QColor(colour))
            painter.drawText(QPointF(left + _SIGN + _SIGN_GAP, _BASELINE), text)

    def _places(self) -> list[tuple[Count, str, float]]:
        """Give each count with its text and left edge."""
        texts = [count.text for count in self._counts]
        if self._width(texts) > self.width():
            texts = [count.figure for count in self._counts]
        lefts = [self._width(texts[:number]) + _GAP * bool(number) for number in range(len(texts))]
        return list(zip(self._counts, texts, lefts, strict=True))

    def _width(self, texts: Sequence[str]) -> float:
        metrics = QFontMetricsF(self.font())
        each = [_SIGN + _SIGN_GAP + metrics.horizontalAdvance(text) for text in texts]
        return sum(each) + _GAP * max(0, len(each) - 1)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            reached = self._at(event.x())
            QToolTip.showText(event.globalPos(), reached.tip if reached else "", self)
            return True
        return super().event(event)

    def _at(self, x: float) -> Count | None:
        reached = [count for count, _, left in self._places() if left <= x]
        return reached[-1] if reached else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Keep a click on a count from the card around it."""
        event.setAccepted(bool(self._counts) and event.button() is Qt.MouseButton.LeftButton)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        reached = self._at(event.position().x())
        if reached is not None and self.rect().contains(event.position().toPoint()):
            self.chosen.emit(reached.word)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._counts and event.key() in _ENTER:
            self.chosen.emit(self._counts[-self._from_end].word)
        elif self._counts and event.key() in _ARROWS:
            step = 1 if event.key() == Qt.Key.Key_Left else -1
            self._from_end = min(max(1, self._from_end + step), len(self._counts))
            self.update()
        else:
            super().keyPressEvent(event)
