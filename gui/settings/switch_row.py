"""One dangerous switch: whether it is on, what follows from that, and the line that turns it."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.fonts import code, words
from gui.parts.badge import Badge
from gui.parts.controls import OutcomeButton
from gui.parts.text import ElidedLabel, label
from gui.settings.given import HOW, Switch
from gui.theme import Theme
from gui.tokens import Tone


class SwitchRow(QWidget):
    """Shows a switch; it is turned in the environment only, since settings are read at the start."""

    def __init__(self, theme: Theme, switch: Switch) -> None:
        super().__init__()
        self._change = switch.change
        self.badge = Badge(theme)
        self.badge.show_state("on", Tone.WARN) if switch.is_on else self.badge.show_state("off", Tone.OK)
        self.badge.setAccessibleName(f"{switch.title}: {self.badge.word}")
        self.line = ElidedLabel(code(12), "muted")
        self.line.show_text(switch.change, f"{HOW} This line turns it {'off' if switch.is_on else 'on'}.")
        self.copy = OutcomeButton(theme, "Copy", "copy", f"Copy {switch.change}")
        self.copy.clicked.connect(self._copy)
        consequence = label(switch.consequence, words(12), "warn" if switch.is_on else "muted")
        consequence.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(label(switch.title, words(13, words().Weight.DemiBold)))
        head.addWidget(self.badge)
        head.addStretch(1)
        foot.addWidget(self.line, 1)
        foot.addWidget(self.copy)
        column.addLayout(head)
        column.addWidget(consequence)
        column.addLayout(foot)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._change)
        self.copy.show_outcome("Copied")
