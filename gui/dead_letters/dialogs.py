"""The dialogs of the page: each is opened with what is known now, and what came of it is followed."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from core.operating.dead_letters.rows import DeadLetter
from core.operating.desk import Desk
from core.operating.outcomes import Asked, Outcome
from core.operating.snapshot import Snapshot
from gui.dead_letters.decision import Decision, DecisionDialog
from gui.dead_letters.editor import Editor
from gui.dead_letters.head_words import idle_of
from gui.dead_letters.rows import Followed
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result


class Dialogs(QObject):
    """Opens them; `acted` tells that something was asked for."""

    acted = Signal()

    def __init__(self, tools: Tools, followed: Followed, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools, self._followed, self._parent = tools, followed, parent
        #: The newest picture, for who is there to do what is asked for.
        self.snapshot: Snapshot | None = None
        #: The dialog that was opened last.
        self.last: QDialog | None = None

    def decide(self, decision: Decision) -> None:
        """Let an operator retry or discard."""
        dialog = DecisionDialog(self._tools, decision, idle_of(self.snapshot), self._parent)
        dialog.acted.connect(self._take)
        self._open(dialog)

    def edit(self, letter: DeadLetter) -> None:
        """Let an operator put a dead letter right."""
        dialog = Editor(self._tools, letter, self._parent)
        dialog.acted.connect(self._take)
        self._open(dialog)

    def change_policy(self, plan: Plan, call: Callable[[Desk], Sequence[Result]]) -> None:
        """Let an operator change what becomes of later events."""
        dialog = ActDialog(self._tools, plan, call, self._parent)
        dialog.acted.connect(self._tell)
        self._open(dialog)

    def _open(self, dialog: QDialog) -> None:
        dialog.finished.connect(dialog.deleteLater)
        self.last = dialog
        dialog.open()

    def _take(self, asked: Sequence[Asked], outcomes: Sequence[Outcome]) -> None:
        self._followed.add(asked, outcomes)
        self.acted.emit()

    def _tell(self) -> None:
        self.acted.emit()
