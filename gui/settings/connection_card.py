"""The card of the connection test: a row for each look, and the whole words of the one looked at, with the way out."""

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from core.operating.connections import Finding
from core.operating.desk import Desk
from core.operating.snapshot import Severity
from gui.fonts import strong, words
from gui.formatting import clock, plural
from gui.page import Tools
from gui.parts.badge import Badge
from gui.parts.controls import button, named
from gui.parts.data_table import DataTable
from gui.parts.stage import Stage, blank_of
from gui.parts.text import ElidedLabel, label, set_role
from gui.query import Query
from gui.settings.columns import COLUMNS, words_of
from gui.tokens import Tone

_TESTED = "Versions, persistence, policy, latency and free space; nothing is changed."


class ConnectionCard(QFrame):
    """Tests when it is asked to, and shows the last result until then."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setObjectName("card")
        self.badge = Badge(tools.theme)
        self.when = ElidedLabel(words(12), "muted")
        self.again = button(tools.theme, "Test again", "refresh-cw", name="Test the connections again")
        self.again.clicked.connect(self.test)
        self.table = DataTable(
            tools.theme, "Findings", COLUMNS, key=lambda finding: (finding.part, finding.check)
        )
        self.table.looked_at.connect(self._show_words)
        self.stage = Stage(tools.theme, self.table)
        self.stage.setObjectName("plain")
        self.stage.acted.connect(self.test)
        self.whole = label("", words(13), "muted")
        self.whole.setWordWrap(True)
        self.whole.setTextFormat(Qt.TextFormat.PlainText)
        self._query: Query[tuple[Finding, ...]] = Query(tools.bridge, self._take, self._fail, self)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(label("Connection test", strong(14)))
        head.addWidget(self.badge)
        head.addWidget(self.when, 1)
        head.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(10)
        column.addLayout(head)
        column.addWidget(self.stage, 1)
        line = named(QFrame(), "separator")
        line.setFixedHeight(1)
        column.addWidget(line)
        column.addWidget(self.whole)
        self.whole.setMinimumHeight(3 * self.whole.fontMetrics().lineSpacing())
        self.whole.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.whole.setText(_TESTED)

    @property
    def is_tested(self) -> bool:
        """Whether there is a result to be seen."""
        return bool(self.table.rows.rows)

    def test(self) -> None:
        """Look at everything now."""
        self.again.setEnabled(False)
        self.again.setToolTip("It is being tested.")
        self.when.show_text("Testing")
        self._query.ask(_test)

    def stop(self) -> None:
        """Wait for no answer any more."""
        self._query.stop()
        self._be_ready()

    def _be_ready(self) -> None:
        self.again.setEnabled(True)
        self.again.setToolTip("Asks data dir, database and broker once more; changes nothing.")

    def _take(self, found: tuple[Finding, ...]) -> None:
        self._be_ready()
        self.when.show_text(f"tested at {clock(self._query.answered_at or time.time())}", _TESTED)
        self.badge.show_state(*_state(found))
        self.table.show_rows(found)
        self.stage.show_content()
        first = min(found, key=lambda one: (one.severity is not Severity.BAD, one.severity is None))
        if self.table.current_row is None and first.severity is not None:
            self.table.select((first.part, first.check))
        self._show_words(self.table.current_row)

    def _fail(self, error: BaseException) -> None:
        self._be_ready()
        self.when.show_text("The last test could not be made" if self.is_tested else "")
        if not self.is_tested:
            self.stage.show_blank(blank_of(error, "The connections"))

    def _show_words(self, finding: Finding | None) -> None:
        text = _TESTED if finding is None else words_of(finding)
        set_role(self.whole, "muted" if finding is None else "text")
        self.whole.setText(text)
        self.whole.setAccessibleName(text)


def _state(found: Sequence[Finding]) -> tuple[str, Tone]:
    bad = sum(one.severity is Severity.BAD for one in found)
    warnings = sum(one.severity is Severity.WARN for one in found)
    if bad:
        return f"{plural(bad, 'problem')}", Tone.BAD
    if warnings:
        return f"{plural(warnings, 'warning')}", Tone.WARN
    return "all as it should be", Tone.OK


def _test(desk: Desk) -> tuple[Finding, ...]:
    return desk.connections.test()
