"""The keys of the frame. Plain letters and digits act only while nobody types: a field that takes text keeps them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit, QWidget

from gui.go_to import GoTo
from gui.key_map import KeyMap, KeySection
from gui.page import KeyWords, Tools
from gui.page_stack import PageStack
from gui.pages import PAGES
from gui.rail import key_of
from gui.targets import Target

_EVERYWHERE = (
    KeyWords("g", "Go to a link, event, trace or consumer"),
    KeyWords("/", "Filter"),
    KeyWords("j  k", "Next and previous row"),
    KeyWords("Enter", "Open the row"),
    KeyWords("Esc", "Close what is open, leave a field"),
    KeyWords("Ctrl+C", "Copy the selected rows"),
    KeyWords("Ctrl+N", "New link"),
    KeyWords("Ctrl+Q", "Quit"),
    KeyWords("?", "These keys"),
)


@dataclass(frozen=True, slots=True)
class Acts:
    """What the frame does when a key asks for it."""

    go: Callable[[int], None]
    go_to: Callable[[Target], object]
    new_link: Callable[[], None]
    quit: Callable[[], object]


class Keys(QObject):
    """Registers the keys, and shows what they are."""

    def __init__(self, window: QWidget, pages: PageStack, tools: Tools, acts: Acts) -> None:
        super().__init__(window)
        self._window, self._pages = window, pages
        self.go_to = GoTo(tools, window)
        self.go_to.found.connect(acts.go_to)
        self.map = KeyMap(tools.theme, window)
        for number in range(len(PAGES)):
            self._add((key_of(number), f"Ctrl+{key_of(number)}"), partial(acts.go, number))
        self._add(("?", "F1"), self._show_map)
        self._add(("/", "Ctrl+F"), self._filter)
        self._add(("G", "Ctrl+G"), self.go_to.ask)
        self._add(("Esc",), self._step_back)
        self._add(("Ctrl+N",), acts.new_link)
        self._add(("Ctrl+Q",), acts.quit)

    def _add(self, keys: Sequence[str], call: Callable[[], object]) -> None:
        for key in keys:
            shortcut = QShortcut(QKeySequence(key), self._window)
            shortcut.setAutoRepeat(False)
            shortcut.activated.connect(call)

    def _filter(self) -> None:
        if self._pages.looked_at is not None:
            self._pages.looked_at.focus_filter()

    def _step_back(self) -> None:
        page = self._pages.looked_at
        if page is None or page.step_back():
            return
        typed_in = self._window.focusWidget()
        page.focus_content()
        # A page whose content is a field has nowhere else to go; the letters must act again all the same.
        if isinstance(typed_in, QLineEdit) and typed_in.hasFocus():
            typed_in.clearFocus()

    def _show_map(self) -> None:
        page = self._pages.looked_at
        own = () if page is None or not page.keys else (KeySection("On this page", tuple(page.keys)),)
        self.map.show_sections((_pages(), _everywhere(), *own))


def _pages() -> KeySection:
    return KeySection(
        "Pages", tuple(KeyWords(key_of(number), place.title) for number, place in enumerate(PAGES))
    )


def _everywhere() -> KeySection:
    return KeySection("Everywhere", _EVERYWHERE)
