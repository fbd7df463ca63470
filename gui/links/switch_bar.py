"""The line below the table that says what was done to links just now, with its undo.

It stays until it is closed, or something else is done. What is asked for while an act is under way is done after it.
"""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from core.producing.link_list import Link
from gui.fonts import words
from gui.formatting import one_line
from gui.icons import icon
from gui.links.switches import Switch, done_of, outcome, switching
from gui.page import Tools
from gui.parts.act_dialog import Result
from gui.parts.controls import button, icon_button
from gui.parts.text import ElidedLabel, set_role
from gui.query import Query

_PICTURES = {"muted": "info", "ok": "circle-check", "bad": "circle-x"}
_NOTHING = "There is nothing to undo here. The Journal has what was done before."
#: Why an act is taken back, for the journal.
_UNDO = "undo"


class SwitchBar(QFrame):
    """Archives and restores links, and tells what came of it; `changed` tells that links are other than they were."""

    changed = Signal()
    #: It was closed, or its undo was done, while it had the keyboard.
    left = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setObjectName("card")
        self.setAccessibleName("What was done just now")
        self._theme = tools.theme
        self._role = "muted"
        self._waiting: list[Callable[[], None]] = []
        self._under_way: tuple[Switch, tuple[Link, ...], bool] | None = None
        #: What takes back what was done: which way, and which links.
        self._way_back: tuple[Switch, tuple[Link, ...]] | None = None
        self._query: Query[list[Result]] = Query(tools.bridge, self._take, self._fail, self, is_act=True)
        self._mark = QLabel()
        self.said = ElidedLabel(words(13))
        self.undo_button = button(tools.theme, "Undo", "undo-2")
        self.undo_button.clicked.connect(self.undo)
        self.shut_button = icon_button(tools.theme, "x", "Close this line (Esc)", size=26)
        self.shut_button.clicked.connect(self.shut)
        tools.theme.changed.connect(self._draw)
        self._lay_out()
        self.hide()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 8, 6)
        row.setSpacing(10)
        row.addWidget(self._mark)
        row.addWidget(self.said, 1)
        row.addWidget(self.undo_button)
        row.addWidget(self.shut_button)

    # Doing

    def switch(self, switch: Switch, links: Sequence[Link]) -> None:
        """Archive or restore these, without asking."""
        self._begin(switch, tuple(links), is_undo=False)

    def undo(self) -> None:
        """Take back what was done just now, if it can be."""
        if self._way_back is not None:
            self._begin(*self._way_back, is_undo=True)
        else:
            self.tell(_NOTHING)

    def _begin(self, switch: Switch, links: tuple[Link, ...], *, is_undo: bool) -> None:
        if self._under_way is not None:
            self._waiting.append(partial(self._begin, switch, links, is_undo=is_undo))
            return
        self._under_way, self._way_back = (switch, links, is_undo), None
        self._say(f"{switch.verb} {_named(links)}: sent", "muted")
        self._query.ask(switching(switch, links, _UNDO if is_undo else ""))

    def _take(self, results: list[Result]) -> None:
        assert self._under_way is not None
        switch, links, is_undo = self._under_way
        self._under_way = None
        self.show_results(switch, links, results, is_undo=is_undo)
        if self._waiting:
            self._waiting.pop(0)()

    def _fail(self, error: BaseException) -> None:
        self._under_way = None
        self._waiting.clear()
        self._say(f"Not done: {one_line(str(error))}", "bad")

    # Telling

    def show_results(
        self, switch: Switch, links: Sequence[Link], results: Sequence[Result], *, is_undo: bool = False
    ) -> None:
        """Say what came of it, and offer the way back from what was done; an undo itself is not taken back here."""
        done = done_of(switch, links, results)
        self._way_back = (switch.back, done) if done and not is_undo else None
        said = outcome(switch, results)
        self._say(f"Undone: {said}" if is_undo else said, "ok" if all(each.ok for each in results) else "bad")
        if done:
            self.changed.emit()

    def tell(self, text: str) -> None:
        """Say why nothing was done; what was done before keeps its undo."""
        if self._under_way is None:
            self._say(text, "muted")

    def shut(self) -> bool:
        """Close it; what was done stays, with its undo in the Journal. Tells whether it was open."""
        was_open, had_keyboard = not self.isHidden(), self._has_keyboard()
        self._way_back = None
        self.hide()
        if had_keyboard:
            self.left.emit()
        return was_open

    def _say(self, text: str, role: str) -> None:
        had_keyboard = self._has_keyboard()
        self._role = role
        self.said.show_text(text)
        self.said.setAccessibleName(text)
        set_role(self.said, "text" if role == "ok" else role)
        self._draw()
        self.undo_button.setVisible(self._way_back is not None)
        self.undo_button.setText(_undo_words(self._way_back))
        self.undo_button.setAccessibleName(f"{self.undo_button.text()} (u)")
        self.undo_button.setToolTip(self.undo_button.accessibleName())
        self.show()
        if had_keyboard and self._way_back is None:
            self.left.emit()

    def _draw(self) -> None:
        picture = icon(self._theme, _PICTURES[self._role], self._role)
        self._mark.setPixmap(picture.pixmap(QSize(16, 16), self.devicePixelRatioF()))

    def _has_keyboard(self) -> bool:
        return self.undo_button.hasFocus() or self.shut_button.hasFocus()


def _undo_words(way_back: tuple[Switch, tuple[Link, ...]] | None) -> str:
    if way_back is None:
        return "Undo"
    switch, links = way_back
    return f"Undo: {switch.verb.lower()} {_named(links)}"


def _named(links: Sequence[Link]) -> str:
    return links[0].slug if len(links) == 1 else f"{len(links)} links"
