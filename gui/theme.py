"""The theme: the operator's choice, the system's scheme, and the colours that follow from both.

Where the system says nothing (plain X11, offscreen) the scheme is Unknown, and Unknown is light.
"""

from enum import StrEnum
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from gui.stylesheet import stylesheet
from gui.tokens import DARK, LIGHT, Tokens


@cache
def colour_of(token: str) -> QColor:
    """Give a token's value as a colour; painters ask for the same few thousands of times."""
    return QColor(token)


class Choice(StrEnum):
    """What an operator may choose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


#: What the choices are called.
CHOICES = {Choice.SYSTEM: "As the system", Choice.LIGHT: "Light", Choice.DARK: "Dark"}


class Theme(QObject):
    """Colours the whole application; whoever paints by hand reads `tokens` while painting."""

    changed = Signal()
    #: An operator has chosen, whether or not the colours follow from that.
    chosen = Signal(object)

    def __init__(self, application: QApplication, choice: Choice) -> None:
        super().__init__(application)
        self._application = application
        self.choice = choice
        self.tokens = LIGHT
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._follow)
        self._apply()

    def choose(self, choice: Choice) -> None:
        """Take an operator's choice."""
        self.choice = choice
        self._follow()
        self.chosen.emit(choice)

    @property
    def is_dark(self) -> bool:
        """Whether the dark set is shown."""
        return self.tokens is DARK

    def colour(self, name: str) -> QColor:
        """Give a token as a colour."""
        return QColor(getattr(self.tokens, name))

    def _follow(self) -> None:
        """Choose by the scheme alone: inside this slot the application's palette is still the old one."""
        if self._wanted() is not self.tokens:
            self._apply()

    def _wanted(self) -> Tokens:
        if self.choice is not Choice.SYSTEM:
            return DARK if self.choice is Choice.DARK else LIGHT
        scheme = self._application.styleHints().colorScheme()
        return DARK if scheme is Qt.ColorScheme.Dark else LIGHT

    def _apply(self) -> None:
        self.tokens = self._wanted()
        self._application.setPalette(_palette(self.tokens))
        self._application.setStyleSheet(stylesheet(self.tokens))
        self.changed.emit()


def _palette(tokens: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, colour in (
        (role.Window, tokens.ground),
        (role.WindowText, tokens.text),
        (role.Base, tokens.surface),
        (role.AlternateBase, tokens.hover),
        (role.Text, tokens.text),
        (role.Button, tokens.surface),
        (role.ButtonText, tokens.text),
        (role.BrightText, tokens.bad),
        (role.PlaceholderText, tokens.faint),
        (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent),
        (role.Link, tokens.accent),
        (role.ToolTipBase, tokens.surface),
        (role.ToolTipText, tokens.text),
        (role.Light, tokens.hover),
        (role.Midlight, tokens.border),
        (role.Mid, tokens.border_strong),
        (role.Dark, tokens.border_strong),
        (role.Shadow, tokens.border),
    ):
        palette.setColor(which, QColor(colour))
    for which in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(tokens.faint))
    return palette
