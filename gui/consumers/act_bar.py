"""The acts on one consumer: pause, resume, break, repair, rebuild. Each says what it does, and then what came of it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QVBoxLayout, QWidget

from core.operating.snapshot import ConsumerHealth, FaultSet
from gui.consumers.acts import (
    BREAKAGES,
    Breakage,
    break_it,
    rebuild,
    rebuild_plan,
    repair_it,
    repair_tip,
)
from gui.consumers.link_fault import LinkFault
from gui.fonts import words
from gui.formatting import one_line
from gui.page import Tools
from gui.parts.act_dialog import ActDialog
from gui.parts.controls import button
from gui.parts.lock import lock
from gui.parts.pause_button import PauseButton
from gui.parts.text import ElidedLabel, set_role
from gui.query import Query

_ONE_LINK = "It fails at the events of one link, which you name next; all other links go on."
_NOTHING_KNOWN = "Nothing is known of this consumer yet."
_BREAK_TIP = "Break it on purpose, in one of several ways, until it is repaired (b)"
_REBUILD_TIP = "Empty its tables and apply all events again. Asks first, and says what it does. (R)"


class ActBar(QWidget):
    """Belongs to one consumer for as long as there is a page: what came of an act stays with its consumer."""

    #: Something was done: read again.
    acted = Signal()

    def __init__(self, tools: Tools, consumer: str) -> None:
        super().__init__()
        self._tools, self._consumer = tools, consumer
        self._health: ConsumerHealth | None = None
        self._published: int | None = None
        self._faults: tuple[FaultSet, ...] | None = None
        #: Sent, and its outcome not known yet: the act's own words.
        self._sent = ""
        #: What came of the last act, and its role; empty = nothing was done.
        self._said = ("", "muted")
        #: Whether that is a fault that was set: it is told of only for as long as it stands.
        self._tells_of_fault = False
        self._query: Query[str] = Query(tools.bridge, self._done, self._refused, self)
        self.pause = PauseButton(tools.theme, tools.bridge, consumer)
        self.pause.failed.connect(self._say_refused)
        self.break_menu = self._build_menu()
        self.breaking = button(tools.theme, "Break", "unplug", name=f"Break {consumer}")
        self.breaking.clicked.connect(self.open_menu)
        self.repairing = button(tools.theme, "Repair", "undo-2", name=f"Repair {consumer}")
        self.repairing.clicked.connect(self.repair)
        self.rebuilding = button(tools.theme, "Rebuild", "database", name=f"Rebuild {consumer}")
        self.rebuilding.clicked.connect(self.ask_rebuild)
        lock(tools.bridge, self.breaking, self.repairing, self.rebuilding)
        self.said = ElidedLabel(words(12), "muted")
        self.dialog: ActDialog | None = None
        self.link_dialog: LinkFault | None = None
        #: The link that is looked at, by its slug; empty = none.
        self.link_at_hand = ""
        self._lay_out()
        self._offer()

    def _lay_out(self) -> None:
        self.pause.setFixedWidth(184)
        row = QHBoxLayout()
        row.setSpacing(8)
        for part in (self.pause, self.breaking, self.repairing, self.rebuilding):
            row.addWidget(part)
        row.addWidget(self.said, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(row)

    def _build_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAccessibleName(f"Break {self._consumer}")
        menu.setToolTipsVisible(True)
        for breakage in BREAKAGES:
            action = menu.addAction(breakage.text)
            action.setToolTip(breakage.does)
            action.hovered.connect(partial(self._hint, breakage.does))
            action.triggered.connect(partial(self._break, breakage))
        menu.aboutToHide.connect(self._show_said)
        menu.addSeparator()
        one = menu.addAction("Fail at one link...")
        one.setToolTip(_ONE_LINK)
        one.hovered.connect(partial(self._hint, _ONE_LINK))
        one.triggered.connect(self.ask_link)
        return menu

    def refresh(self, health: ConsumerHealth, faults: Sequence[FaultSet], published: int | None) -> None:
        """Show how things stand now."""
        self._health, self._published = health, published
        self.pause.refresh(health)
        if tuple(faults) != self._faults:
            gone = {fault.fault_id for fault in self._faults or ()} - {fault.fault_id for fault in faults}
            if gone and self._tells_of_fault:
                self.say(f"{self._sent}: it is over")
            self._faults = tuple(faults)
            self._offer()

    def _offer(self) -> None:
        """Enable what can be done; what can't says why."""
        faults, is_known = self._faults or (), self._health is not None
        self.repairing.setEnabled(bool(faults) or self.repairing.hasFocus())
        self.repairing.setToolTip(repair_tip(faults))
        for each, tip in ((self.breaking, _BREAK_TIP), (self.rebuilding, _REBUILD_TIP)):
            each.setEnabled(is_known)
            each.setToolTip(tip if is_known else _NOTHING_KNOWN)

    # Acts

    def toggle_pause(self) -> None:
        """Pause, or resume, whichever the button offers."""
        self.pause.act.click()

    def open_pauses(self) -> None:
        """Offer pauses that end by themselves."""
        self.pause.choose.click()

    def open_menu(self) -> None:
        """Offer the ways to break it."""
        if not self.breaking.isEnabled():
            return
        self.break_menu.popup(self.breaking.mapToGlobal(QPoint(0, self.breaking.height() + 2)))

    def ask_link(self) -> None:
        """Ask at which link it shall fail."""
        self.link_dialog = LinkFault(self._tools.theme, self._consumer, self.link_at_hand, self)
        self.link_dialog.chosen.connect(self._break)
        self.link_dialog.open()

    def repair(self) -> None:
        """Clear what is broken on purpose."""
        if self._faults:
            self._send(f"Repair {self._consumer}", partial(repair_it, self._consumer))
        else:
            self.say(repair_tip(()))

    def ask_rebuild(self) -> None:
        """Ask whether it shall be rebuilt, saying what that does."""
        if self._health is None:
            return
        plan = rebuild_plan(self._health, self._published)
        self.dialog = ActDialog(self._tools, plan, partial(rebuild, self._consumer), self)
        self.dialog.acted.connect(self.acted)
        self.dialog.open()

    def _break(self, breakage: Breakage, _checked: bool = False) -> None:
        self._send(breakage.text, partial(break_it, self._consumer, breakage), is_fault=True)

    def _send(self, words_of_act: str, call: partial[str], *, is_fault: bool = False) -> None:
        if self._query.is_under_way:
            self.say("The last act is under way still.", "warn")
            return
        self._sent = words_of_act
        self.say(f"{words_of_act}: sent")
        self._tells_of_fault = is_fault
        self._query.ask(call)

    def _done(self, outcome: str) -> None:
        is_fault = self._tells_of_fault
        self.say(f"{self._sent}: {outcome}", "ok")
        self._tells_of_fault = is_fault
        self.acted.emit()

    def _refused(self, error: BaseException) -> None:
        self._say_refused(one_line(str(error)))

    def _say_refused(self, reason: str) -> None:
        self.say(f"Not done: {reason}", "bad")

    def say(self, text: str, role: str = "muted") -> None:
        """Say what came of an act, or why it can't be done."""
        self._said, self._tells_of_fault = (text, role), False
        self._show_said()

    def _show_said(self) -> None:
        text, role = self._said
        set_role(self.said, role)
        self.said.show_text(text)

    def _hint(self, does: str) -> None:
        """Say what a choice of the menu would do, while it is pointed at."""
        set_role(self.said, "muted")
        self.said.show_text(does)
