"""A card's three figures, painted: the lag in large, what is in flight and the rate smaller; in full where they fit.

What does not fit is written shorter, then smaller; no figure is cut.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QSize
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.fonts import strong, words
from gui.formatting import UNKNOWN
from gui.theme import Theme

_HEIGHT, _BASELINE, _UNIT_BASELINE = 44, 24.0, 40.0
_GAP, _NARROW_GAP = 9.0, 6.0
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


@dataclass(frozen=True, slots=True)
class _Looks:
    """The fonts of the figures and of their units, and the room between them."""

    fonts: tuple[QFont, ...]
    unit: QFont
    gap: float


def _looks(first_px: int, others_px: int, unit_px: int, gap: float) -> _Looks:
    others = words(others_px, QFont.Weight.Medium)
    return _Looks((strong(first_px), others, others), words(unit_px), gap)


class CardFigures(QWidget):
    """Shows three figures side by side on one baseline."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._wide, self._narrow = _looks(22, 15, 12, _GAP), _looks(17, 13, 11, _NARROW_GAP)
        self._figures: tuple[Figure, ...] = ()
        #: Where each figure begins as it is painted, and where the last one ends.
        self._lefts: tuple[float, ...] = ()
        #: How the figures were arranged last, and in which width; None = anew.
        self._arranged: tuple[int, _Looks, list[str]] | None = None
        self.right = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_figures(self, figures: Sequence[Figure]) -> None:
        """Show these."""
        if tuple(figures) != self._figures:
            self._figures = tuple(figures)
            self._arranged = None
            self.setAccessibleName(", ".join(f"{figure.unit} {figure.full}" for figure in figures))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, _HEIGHT)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        looks, texts = self._arrange()
        for figure, text, font, left in zip(self._figures, texts, looks.fonts, self._lefts, strict=False):
            unknown = text == UNKNOWN
            painter.setFont(font)
            painter.setPen(QColor(self._theme.tokens.faint if unknown else self._theme.tokens.text))
            painter.drawText(QPointF(left, _BASELINE), text)
            painter.setFont(looks.unit)
            painter.setPen(QColor(self._theme.tokens.muted))
            painter.drawText(QPointF(left, _UNIT_BASELINE), figure.unit)

    def _arrange(self) -> tuple["_Looks", list[str]]:
        """Take the full figures at fixed places; else closer together, else short ones, else small ones."""
        if self._arranged is not None and self._arranged[0] == self.width():
            return self._arranged[1:]
        full, short = [figure.full for figure in self._figures], [figure.short for figure in self._figures]
        ways = ((self._wide, full, _SHARES), (self._wide, short, _SHARES), (self._wide, full, _NO_SHARES))
        smaller = ((self._wide, short, _NO_SHARES), (self._narrow, short, _NO_SHARES))
        for looks, texts, shares in (*ways, *smaller):
            self._lefts, self.right = self._place(looks, texts, shares)
            if self.right <= self.width():
                break
        self._arranged = (self.width(), looks, texts)
        return looks, texts

    def _place(
        self, looks: "_Looks", texts: Sequence[str], shares: Sequence[float]
    ) -> tuple[tuple[float, ...], float]:
        """Give each figure's left edge, and the last one's right; a column begins at its share of the width or later."""
        lefts: list[float] = []
        right = -looks.gap
        for figure, text, font, share in zip(self._figures, texts, looks.fonts, shares, strict=False):
            lefts.append(max(right + looks.gap, share * self.width()))
            width = QFontMetricsF(font).horizontalAdvance(text)
            right = lefts[-1] + max(width, QFontMetricsF(looks.unit).horizontalAdvance(figure.unit))
        return tuple(lefts), right

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            reached = [
                figure for figure, left in zip(self._figures, self._lefts, strict=False) if left <= event.x()
            ]
            QToolTip.showText(event.globalPos(), reached[-1].tip if reached else "", self)
            return True
        return super().event(event)
