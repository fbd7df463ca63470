"""Where a page shows its content, or says why there is none: loading, empty, failed, no desk, no worker. Never nothing."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from gui.fonts import strong, words
from gui.formatting import one_line
from gui.icons import icon
from gui.parts.controls import button, named
from gui.parts.text import label
from gui.query import NoDesk
from gui.theme import Theme

_TEXT_WIDTH = 460


class Why(Enum):
    """Why there is no content, as an icon and its colour."""

    LOADING = ("hourglass", "muted")
    EMPTY = ("inbox", "muted")
    FILTERED = ("list-filter", "muted")
    ERROR = ("circle-alert", "bad")
    DISCONNECTED = ("unplug", "warn")
    NO_WORKER = ("cpu", "warn")


@dataclass(frozen=True, slots=True)
class Blank:
    """What is said instead: what is so, the next step, and perhaps the act that is the next step."""

    why: Why
    title: str
    text: str
    act: str = ""


LOADING = Blank(Why.LOADING, "Reading", "This takes a moment.")
NO_DESK = Blank(
    Why.DISCONNECTED, "The desk is not open yet", "Databases and broker are being opened; this page follows."
)


def blank_of(error: BaseException, what: str) -> Blank:
    """Say why something, such as "The journal", can't be read, and that it will be tried again."""
    if isinstance(error, NoDesk):
        return NO_DESK
    return Blank(Why.ERROR, f"{what} can't be read", one_line(str(error)), "Try again")


class Stage(QStackedWidget):
    """Shows its content, or a blank; `acted` tells that the act of the blank is wanted."""

    acted = Signal()

    def __init__(self, theme: Theme, content: QWidget) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setContentsMargins(1, 1, 1, 1)
        self._theme = theme
        self.blank: Blank | None = None
        self._sign = QLabel()
        self._title = label("", strong(15))
        self._text = label("", words(13), "muted")
        self._text.setWordWrap(True)
        self._text.setFixedWidth(_TEXT_WIDTH)
        self.act = button(theme, "")
        self.act.clicked.connect(self.acted)
        theme.changed.connect(self._draw)
        self._content = content
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.addWidget(content)
        self.addWidget(self._lay_out())
        self.show_blank(LOADING)

    def _lay_out(self) -> QWidget:
        centre = Qt.AlignmentFlag.AlignHCenter
        page = named(QWidget(), "blank")
        column = QVBoxLayout(page)
        column.setSpacing(10)
        column.addStretch(2)
        for part in (self._sign, self._title, self._text):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part, 0, centre)
        column.addSpacing(4)
        column.addWidget(self.act, 0, centre)
        column.addStretch(3)
        return page

    def show_content(self) -> None:
        """Show the content."""
        self.blank = None
        had_keyboard = self._has_keyboard()
        self.setCurrentWidget(self._content)
        if had_keyboard:
            self.focus()

    def show_blank(self, blank: Blank) -> None:
        """Say why there is none."""
        if blank == self.blank:
            return
        self.blank = blank
        had_keyboard = self._has_keyboard()
        self._title.setText(blank.title)
        self._text.setText(blank.text)
        # A layout that centres a text of several lines gives it the height of fewer.
        self._text.setFixedHeight(self._text.heightForWidth(_TEXT_WIDTH))
        self._text.setAccessibleName(f"{blank.title}: {blank.text}")
        self.act.setText(blank.act)
        self.act.setAccessibleName(blank.act)
        self.act.setVisible(bool(blank.act))
        self._draw()
        self.setCurrentIndex(1)
        if had_keyboard:
            self.focus()

    def focus(self) -> None:
        """Put the keyboard to what can be read, or to the act that helps."""
        if self.blank is None:
            self._content.setFocus()
        elif self.blank.act:
            self.act.setFocus()
        else:
            self.setFocus()

    def _has_keyboard(self) -> bool:
        """Whether the keyboard is where the blank had it: it goes along to what is shown next."""
        return self.hasFocus() or self.act.hasFocus()

    def _draw(self) -> None:
        if self.blank is not None:
            picture = icon(self._theme, *self.blank.why.value)
            self._sign.setPixmap(picture.pixmap(QSize(30, 30), self.devicePixelRatioF()))
