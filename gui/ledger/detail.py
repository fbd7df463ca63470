"""The detail of one line of the ledger: its sum in words, and the exact ids of what is wrong, to copy."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.fonts import words
from gui.formatting import count
from gui.ledger.columns import TROUBLE_COLUMNS
from gui.ledger.report import Line, Trouble
from gui.page import Tools
from gui.parts.controls import OutcomeButton
from gui.parts.data_table import DataTable
from gui.parts.facts import Fact, Facts
from gui.parts.text import label

_ROLES = {"green": "ok", "red": "bad", "not checked": "muted"}
_TERMS = ("Committed", "Applied", "Waiting", "Parked", "Dead")


class LineDetail(QWidget):
    """Shows one line; `opened` tells that an id shall be looked at."""

    opened = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.line: Line | None = None
        self.facts = Facts("The account")
        self.named = label("", words(12), "muted")
        self.named.setWordWrap(True)
        self.troubles = DataTable(
            tools.theme, "What is wrong", TROUBLE_COLUMNS, key=lambda trouble: trouble.number
        )
        self.troubles.setMinimumHeight(220)
        self.troubles.opened.connect(self._open)
        self.copy = OutcomeButton(tools.theme, "Copy all ids", "copy", "Copy all ids that are named here")
        self.copy.clicked.connect(self._copy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.facts)
        layout.addWidget(self.named)
        layout.addWidget(self.troubles, 1)
        layout.addWidget(self.copy)
        layout.addStretch(0)

    def show_line(self, line: Line) -> None:
        """Show this line."""
        self.line = line
        sums = zip(_TERMS, line.figures, strict=False)
        self.facts.show_facts(
            (
                Fact("Verdict", line.verdict, _ROLES[line.word]),
                *(Fact(term, count(figure)) for term, figure in sums),
                *(Fact("Remark", remark) for remark in line.remarks),
                *([Fact("Now", line.now)] if line.now else []),
            )
        )
        shown, number = len(line.troubles), line.trouble_count
        self.named.setText(
            "Nothing is wrong with it."
            if not number
            else f"{count(shown)} of {count(number)} named here. Enter looks at one."
        )
        self.troubles.show_rows(line.troubles)
        self.troubles.setVisible(bool(number))
        self.copy.setVisible(bool(number))

    def _copy(self) -> None:
        if self.line is not None:
            QGuiApplication.clipboard().setText("\n".join(trouble.name for trouble in self.line.troubles))
            self.copy.show_outcome(f"Copied {count(len(self.line.troubles))}")

    def _open(self, trouble: Trouble) -> None:
        if trouble.is_event:
            self.opened.emit(trouble.name)
