"""Buttons and choices in the theme's colours, each with a name that a screen reader can say."""

from typing import TypeVar

from PySide6.QtCore import QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QToolButton, QWidget

from gui.icons import BESIDE_TEXT, draw_icon, icon
from gui.theme import Theme

Shown = TypeVar("Shown", bound=QWidget)

#: How long a button shows its outcome before it is itself again, in milliseconds.
OUTCOME_MS = 1_800
#: An icon without a text, in pixels.
_ALONE = QSize(15, 15)
#: Where the mark of a check box stands within it, in pixels.
_TICK_LEFT, _TICK = 2, 12


def named(widget: Shown, name: str) -> Shown:
    """Give a widget the name that the style sheet knows it by."""
    widget.setObjectName(name)
    return widget


def button(
    theme: Theme, text: str, picture: str = "", *, name: str = "", colour: str = "text"
) -> QPushButton:
    """Make a button; `name` is what it is called when its text alone does not say it."""
    made = QPushButton(text)
    made.setIconSize(BESIDE_TEXT)
    if picture:
        made.setIcon(icon(theme, picture, colour))
    made.setAccessibleName(name or text)
    return made


def icon_button(theme: Theme, picture: str, name: str, *, size: int = 30) -> QToolButton:
    """Make a square button that has an icon only; its name is its tooltip too."""
    made = QToolButton()
    made.setIcon(icon(theme, picture, "text"))
    made.setIconSize(_ALONE)
    made.setFixedSize(size, size)
    made.setAccessibleName(name)
    made.setToolTip(name)
    return made


class OutcomeButton(QPushButton):
    """A button that turns into its outcome for a moment, such as "Copy" into "Copied"."""

    def __init__(self, theme: Theme, text: str, picture: str, name: str) -> None:
        super().__init__(text)
        self._theme, self._text, self._picture = theme, text, picture
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setIconSize(BESIDE_TEXT if text else _ALONE)
        self._timer = QTimer(self, singleShot=True, interval=OUTCOME_MS)
        self._timer.timeout.connect(self._be_itself)
        self._be_itself()

    def show_outcome(self, text: str, picture: str = "check") -> None:
        """Show what became of it."""
        self.setText(text)
        self.setIcon(icon(self._theme, picture, "text"))
        self._timer.start()

    def _be_itself(self) -> None:
        self.setText(self._text)
        self.setIcon(icon(self._theme, self._picture, "text"))


class Chooser(QComboBox):
    """A combo box with our chevron: a styled one would need its arrow as a file."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setAccessibleName(name)
        self.setToolTip(name)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        place = QRectF(self.width() - 21, (self.height() - 13) / 2, 13, 13)
        draw_icon(painter, place, "chevron-down", self._theme.tokens.muted)


class Tick(QCheckBox):
    """A check box with our tick: a styled one would need its mark as a file."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__(text)
        self._theme = theme
        self.setAccessibleName(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isChecked():
            painter = QPainter(self)
            place = QRectF(_TICK_LEFT, (self.height() - _TICK) / 2, _TICK, _TICK)
            draw_icon(painter, place, "check", self._theme.tokens.on_accent)
