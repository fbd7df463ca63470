"""The detail of one link that waits: how it failed, when it is tried again, and the act that does not wait for that."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from gui.dead_letters.letter_words import key_facts
from gui.dead_letters.rows import KeyRow
from gui.dead_letters.section import offer
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.facts import Facts
from gui.parts.lock import lock


class KeyDetail(QWidget):
    """Shows one; `retried` tells that it is wanted at once, `led` that its dead letters are to be shown."""

    retried = Signal()
    led = Signal()

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.row: KeyRow | None = None
        self.retry = button(tools.theme, "Retry now", "refresh-cw")
        lock(tools.bridge, self.retry)
        self.lead = button(tools.theme, "Its dead letters", "mail-x")
        self.facts = Facts("The link that waits")
        self.retry.clicked.connect(self.retried)
        self.lead.clicked.connect(self.led)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self.retry)
        acts.addWidget(self.lead)
        acts.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 16)
        layout.setSpacing(12)
        layout.addLayout(acts)
        layout.addWidget(self.facts)
        layout.addStretch(1)

    def show_row(self, row: KeyRow) -> None:
        """Show this one."""
        self.row = row
        self.facts.show_facts(key_facts(row))
        reason = "It waits behind a dead letter of its link: decide about that one." if row.is_held else ""
        offer(self.retry, "Retry now", reason, "Try it at once, instead of at its time (n)")
        offer(self.lead, "Its dead letters", "", "Show the dead letters of this link")
