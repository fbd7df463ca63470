"""The journey table in its frame: a heading, the table or what is said while there are no links, and the times of all."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from core.operating.snapshot import Snapshot
from gui.fonts import strong, words
from gui.overview.blanks import OPENING, journeys_blank
from gui.overview.consistency_strip import ConsistencyStrip
from gui.overview.journey_table import JourneyTable
from gui.parts.text import label
from gui.theme import Theme


class JourneyPanel(QFrame):
    """Shows the journeys of the newest links."""

    def __init__(self, theme: Theme, consumers: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.table = JourneyTable(theme, consumers)
        self.consistency = ConsistencyStrip(theme)
        self._empty = label(OPENING, words(), "muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(24, 0, 24, 0)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 14, 2)
        head.setSpacing(10)
        head.addWidget(label("Journey of the newest links", strong(14)))
        head.addStretch(1)
        body = QWidget()
        self._pile = QStackedLayout(body)
        self._pile.addWidget(self._empty)
        self._pile.addWidget(self.table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 1, 1)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(body, 1)
        layout.addWidget(self.consistency)

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the snapshot's journeys."""
        self.table.refresh(snapshot)
        self._pile.setCurrentIndex(1 if snapshot.journeys else 0)
        if not snapshot.journeys:
            self._empty.setText(journeys_blank(snapshot))
        self.consistency.refresh(snapshot)
