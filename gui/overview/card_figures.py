"""A card's three figures, painted: the lag in large, what is in flight and the rate smaller; a full figure when it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.fonts import strong, words
from gui.formatting import UNKNOWN
from gui.theme import Theme

_HEIGHT, _BASELINE, _UNIT_BASELINE = 44, 24.0, 40.0
_GAP = 9.0
#: Where the columns begin, as shares of the width.
_SHARES = (0.0, 0.44, 0.76)
_NO_SHARES = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: in full, shortened, its unit, and what it means."""

    full: str
    short: str
    unit: str
    tip: str


class CardFigures(QWidget):
    """Shows three figures side by side on one baseline."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._fonts = (strong(22), words(15, QFont.Weight.Medium), words(15, QFont.Weight.Medium))
        self._unit_font = words(12)
        self._figures: tuple[Figure, ...] = ()
        self._lefts: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these."""
        if tuple(figures) != self._figures:
            self._figures = tuple(figures)
            self.setAccessibleName(", ".join(f"{figure.unit} {figure.full}" for figure in figures))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        texts, self._lefts = self._arrange()
        for figure, text, font, left in zip(self._figures, texts, self._fonts, self._lefts, strict=False):
            unknown = text == UNKNOWN
            painter.setFont(font)
            painter.setPen(QColor(self._theme.tokens.faint if unknown else self._theme.tokens.text))
            painter.drawText(QPointF(left, _BASELINE), text)
            painter.setFont(self._unit_font)
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(QPointF(left, _UNIT_BASELINE), figure.unit)

    def _arrange(self) -> tuple[list[str], tuple[float, ...]]:
        """Take the full figures at fixed places; if they don't fit, closer together; if they still don't, short ones."""
        full, short = [figure.full for figure in self._figures], [figure.short for figure in self._figures]
        for texts, shares in ((full, _SHARES), (short, _SHARES), (full, _NO_SHARES)):
            lefts, right = self._place(texts, shares)
            if right <= self.width():
                return texts, lefts
        return short, self._place(short, _NO_SHARES)[0]

    def _place(self, texts: Sequence[str], shares: Sequence[float]) -> tuple[tuple[float, ...], float]:
        """Give each figure's left edge, and the last one's right; a column begins at its share of the width or later."""
        lefts: list[float] = []
        right = -_GAP
        for figure, text, font, share in zip(self._figures, texts, self._fonts, shares, strict=False):
            lefts.append(max(right + _GAP, share * self.width()))
            right = lefts[-1] + max(
                QFontMetricsF(font).horizontalAdvance(text), self._unit_width(figure.unit)
            )
        return tuple(lefts), right

    def _unit_width(self, unit: str) -> float:
        return QFontMetricsF(self._unit_font).horizontalAdvance(unit)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            reached = [
                figure for figure, left in zip(self._figures, self._lefts, strict=False) if left <= event.x()
            ]
            QToolTip.showText(event.globalPos(), reached[-1].tip if reached else "", self)
            return True
        return super().event(event)
