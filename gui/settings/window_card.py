"""The card of what this window itself remembers: its colours, and whether it tells the desktop of trouble."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QCheckBox, QFormLayout, QFrame, QSystemTrayIcon

from gui.fonts import strong, words
from gui.icons import draw_icon
from gui.notifier import is_wanted, want
from gui.page import Tools
from gui.parts.controls import Chooser
from gui.parts.text import label
from gui.theme import CHOICES, Choice, Theme

#: Where the mark stands within its box, in pixels.
_TICK_LEFT, _TICK = 2, 12
_TELLS = "Tells the desktop when a consumer fails or stops, dead letters arrive, or the broker is down."
_NO_DESKTOP = "This desktop takes no notifications from programs: there is no tray to show them by."


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


class WindowCard(QFrame):
    """Takes effect at once, and is kept beside the data."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme, self._kept = tools.theme, tools.kept
        self.colours = Chooser(tools.theme, "Colours")
        for choice, text in CHOICES.items():
            self.colours.addItem(text, choice)
        self._follow(tools.theme.choice)
        self.colours.activated.connect(self._choose)
        tools.theme.chosen.connect(self._follow)
        self.notifications = Tick(tools.theme, "Desktop notifications")
        self.notifications.setChecked(is_wanted(tools.kept))
        self.notifications.toggled.connect(self._want)
        self.explained = label("", words(12), "muted")
        self.explained.setWordWrap(True)
        self._lay_out()
        self.look()

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(16, 12, 16, 14)
        form.setVerticalSpacing(8)
        form.addRow(label("This window", strong(14)))
        form.addRow(label("Colours", words(13)), self.colours)
        form.addRow(self.notifications)
        form.addRow(self.explained)

    def look(self) -> None:
        """See whether the desktop takes notifications now."""
        can = QSystemTrayIcon.isSystemTrayAvailable()
        self.notifications.setEnabled(can or self.notifications.isChecked())
        self.explained.setText(_TELLS if can else _NO_DESKTOP)
        self.notifications.setToolTip(self.explained.text())

    def _choose(self, number: int) -> None:
        """Qt keeps a choice as a plain string."""
        choice = Choice(self.colours.itemData(number))
        self._theme.choose(choice)
        self._kept.put("theme", choice.value)

    def _follow(self, choice: Choice) -> None:
        self.colours.setCurrentIndex(self.colours.findData(choice))

    def _want(self, wanted: bool) -> None:
        want(self._kept, wanted)
        self.look()
