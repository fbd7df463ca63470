"""The rail at the left: the pages there are, and the choice of light and dark at its foot."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from gui.fonts import strong, words
from gui.icons import application_icon, icon
from gui.pages import Place
from gui.parts.controls import Chooser, named
from gui.parts.text import label
from gui.theme import CHOICES, Choice, Theme

_WIDTH = 164
#: The keys of the pages, in the order of the rail.
_DIGITS = "1234567890"


class Rail(QFrame):
    """Tells by `chosen` which page is wanted, by its number."""

    chosen = Signal(int)
    theme_chosen = Signal(object)

    def __init__(self, theme: Theme, places: Sequence[Place]) -> None:
        super().__init__()
        self.setObjectName("rail")
        self.setFixedWidth(_WIDTH)
        self._theme = theme
        self._buttons = QButtonGroup(self)
        self._buttons.idClicked.connect(self.chosen)
        self.choice = Chooser(theme, "Colours: light, dark, or as the system")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 12, 10, 10)
        layout.setSpacing(4)
        layout.addLayout(self._brand())
        layout.addSpacing(8)
        for number, place in enumerate(places):
            layout.addWidget(self._make_entry(number, place))
        layout.addStretch(1)
        layout.addWidget(self.choice)
        self._fill_choice()

    def _brand(self) -> QHBoxLayout:
        picture = QLabel()
        picture.setPixmap(application_icon().pixmap(QSize(22, 22), self.devicePixelRatioF()))
        row = QHBoxLayout()
        row.setContentsMargins(10, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(picture)
        row.addWidget(label("Signalbox", strong(15)), 1)
        return row

    def _make_entry(self, number: int, place: Place) -> QToolButton:
        entry = named(QToolButton(), "navigation")
        entry.setText(f" {place.title}")
        entry.setCheckable(True)
        entry.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        entry.setIcon(icon(self._theme, place.icon, "muted"))
        entry.setIconSize(QSize(17, 17))
        entry.setFont(words(13, words().Weight.DemiBold))
        entry.setFixedHeight(36)
        entry.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        entry.setAccessibleName(place.title)
        entry.setToolTip(f"{place.title} ({key_of(number)}, or Ctrl+{key_of(number)})")
        entry.setChecked(number == 0)
        self._buttons.addButton(entry, number)
        return entry

    def mark(self, number: int) -> None:
        """Show which page is looked at; -1 = none of them."""
        if number >= 0:
            self._buttons.button(number).setChecked(True)
            return
        self._buttons.setExclusive(False)
        for entry in self._buttons.buttons():
            entry.setChecked(False)
        self._buttons.setExclusive(True)

    def entry(self, number: int) -> QAbstractButton:
        """Give the button of a page."""
        return self._buttons.button(number)

    def _fill_choice(self) -> None:
        for choice, text in CHOICES.items():
            self.choice.addItem(text, choice)
        self._follow(self._theme.choice)
        self._theme.chosen.connect(self._follow)
        self.choice.currentIndexChanged.connect(self._tell)

    def _follow(self, choice: Choice) -> None:
        self.choice.setCurrentIndex(self.choice.findData(choice))

    def _tell(self, number: int) -> None:
        """Qt keeps a choice as a plain string."""
        self.theme_chosen.emit(Choice(self.choice.itemData(number)))


def key_of(number: int) -> str:
    """Give the key of a page by its number in the rail."""
    return _DIGITS[number]
