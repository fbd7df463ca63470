"""The one button that helps: it says beforehand what exactly it does, does it, and what came of it stays beside it."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.operating.desk import Desk
from core.operating.logs import redact
from gui.fonts import words
from gui.formatting import one_line
from gui.icons import icon
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result
from gui.parts.controls import button
from gui.parts.endpoint_dialog import EndpointDialog
from gui.parts.lock import WHY_LOCKED
from gui.parts.text import ElidedLabel, set_role
from gui.query import Query
from gui.why.deeds import AddEndpoint, Call, Copy, Deed, Go, Said

_NO_BUTTON = "No button helps here: the sentence says all."


class DeedButton(QWidget):
    """Shows one deed, or none."""

    #: Something was done: what is so may be different now.
    acted = Signal()
    #: Something is to be looked at elsewhere.
    wanted = Signal(object)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self._deed: Deed | None = None
        self._query: Query[Said] = Query(tools.bridge, self._take, self._fail, self, is_act=True)
        self.act = button(tools.theme, "")
        self.act.hide()
        self.act.clicked.connect(self._do)
        self.said = ElidedLabel(words(12), "muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.act)
        row.addWidget(self.said, 1)

    def show_deed(self, deed: Deed | None) -> None:
        """Offer this; what came of the last one stays until `forget`."""
        if deed != self._deed:
            self._deed = deed
            self.act.setVisible(deed is not None)
            if deed is not None:
                self.act.setText(deed.text)
                self.act.setIcon(icon(self._tools.theme, deed.picture, "text"))
                self.act.setAccessibleName(deed.text)
                self.act.setAccessibleDescription(deed.does)
            if self.said.whole in ("", _NO_BUTTON):
                self._explain()
        self._offer()

    def _offer(self) -> None:
        """Let it be pressed unless it is being done, or nothing may be changed from here; either way it says so."""
        deed, is_under_way = self._deed, self._query.is_under_way
        is_locked = self._tools.bridge.is_read_only and deed is not None and deed.changes_something
        self.act.setEnabled(not is_locked and not is_under_way)
        if is_locked:
            self.act.setToolTip(WHY_LOCKED)
        elif is_under_way:
            self.act.setToolTip("It is being done.")
        else:
            self.act.setToolTip("" if deed is None else deed.does)

    def point_out(self) -> None:
        """Put the keyboard to the button; where nothing helps say so, but not in the place of what came of the last deed."""
        if self._deed is not None:
            self.act.setFocus()
        elif not self.said.whole:
            self._say(_NO_BUTTON, "muted")

    def forget(self) -> None:
        """Another answer is shown: what was done about the last one is no longer said."""
        self._query.stop()
        self._explain()

    def _explain(self) -> None:
        self._say("" if self._deed is None else self._deed.does, "muted")

    def _do(self) -> None:
        deed = self._deed
        if deed is None:
            return
        match deed.step:
            case Call() as call:
                self._call(deed, call)
            case Go(target):
                self.wanted.emit(target)
            case Copy(command):
                QGuiApplication.clipboard().setText(command)
                self._say(f"Copied: {command}", "ok")
            case AddEndpoint():
                dialog = EndpointDialog(self._tools, self)
                dialog.added.connect(self._added)
                dialog.open()

    def _call(self, deed: Deed, call: Call) -> None:
        if call.word:
            plan = Plan(f"{deed.text}?", deed.does, ("This can't be undone.",), deed.text, call.word)
            dialog = ActDialog(self._tools, plan, partial(_results, deed, call), self)
            dialog.acted.connect(self.acted)
            dialog.open()
            return
        self._say(f"{deed.text}: sent", "muted")
        self._query.ask(call.run)
        self._offer()

    def _take(self, said: Said) -> None:
        self._say(one_line(redact(said.text)), "ok" if said.ok else "bad")
        self._offer()
        self.acted.emit()

    def _fail(self, error: BaseException) -> None:
        self._say(f"Not done: {one_line(redact(str(error)))}", "bad")
        self._offer()
        self.acted.emit()

    def _added(self, url: str) -> None:
        self._say(f"{url} is told of what happens from now on.", "ok")
        self.acted.emit()

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.show_text(text)


def _results(deed: Deed, call: Call, desk: Desk) -> list[Result]:
    said = call.run(desk)
    return [Result(deed.text, said.ok, one_line(redact(said.text)))]
