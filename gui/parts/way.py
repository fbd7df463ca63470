"""What leads to another page: a label or a badge to click, or to press Enter on, and how any widget tells either."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from gui.parts.badge import Badge
from gui.parts.text import ElidedLabel
from gui.theme import Theme

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_RING = 2


def be_way(widget: QWidget) -> None:
    """Let a widget be seen to lead somewhere, and take the keyboard by Tab."""
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    widget.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    widget.setAccessibleDescription("Enter leads to its page")


def is_click(widget: QWidget, event: QMouseEvent) -> bool:
    """Tell whether a released button of the mouse was a click on the widget."""
    return event.button() is Qt.MouseButton.LeftButton and widget.rect().contains(event.position().toPoint())


def is_enter(event: QKeyEvent) -> bool:
    """Tell whether a key stands for a click."""
    return event.key() in _ENTER and event.modifiers() in (
        Qt.KeyboardModifier.NoModifier,
        Qt.KeyboardModifier.KeypadModifier,
    )


def paint_ring(widget: QWidget, radius: float) -> None:
    """Paint what shows that a widget has the keyboard; at the end of its own painting."""
    if widget.hasFocus():
        painter = QPainter(widget)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(widget.palette().color(QPalette.ColorRole.Link)), _RING))
        edge = _RING / 2
        painter.drawRoundedRect(QRectF(widget.rect()).adjusted(edge, edge, -edge, -edge), radius, radius)


class WayLabel(ElidedLabel):
    """A line of text that leads somewhere."""

    chosen = Signal()

    def __init__(self, font: QFont, role: str = "text") -> None:
        super().__init__(font, role)
        be_way(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            # A ring would run through the letters.
            metrics = self.fontMetrics()
            wide = min(self.width(), metrics.horizontalAdvance(self.whole))
            under = min(self.height() - _RING, (self.height() + metrics.height()) // 2 - 1)
            QPainter(self).fillRect(0, under, wide, _RING, self.palette().color(QPalette.ColorRole.Link))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if is_click(self, event):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)


class WayBadge(Badge):
    """A badge that leads to what it tells of."""

    chosen = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        be_way(self)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        paint_ring(self, self.height() / 2)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if is_click(self, event):
            self.chosen.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self.chosen.emit()
        else:
            super().keyPressEvent(event)
