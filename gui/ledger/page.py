"""The Ledger page: the equation of every consumer, green or with the exact ids, how old it is, and a new check."""

from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog

from core.operating.snapshot import Snapshot
from gui.fonts import words
from gui.formatting import duration, plural
from gui.ledger.columns import COLUMNS
from gui.ledger.detail import LineDetail
from gui.ledger.report import Line, Report, lines
from gui.ledger.rounds import EVERY
from gui.page import KeyWords, Page, Step, Tools
from gui.parts.controls import button
from gui.parts.data_table import DataTable
from gui.parts.drawer import Drawer
from gui.parts.layouts import beside, lay_out_page, row_of
from gui.parts.page_head import PageHead
from gui.parts.stage import NO_DESK, Blank, Stage, Why
from gui.parts.text import ElidedLabel, set_role
from gui.query import NoDesk
from gui.targets import Kind, Target
from gui.tokens import Tone

_SOURCE = "From every consumer's database, the outbox and the streams"
#: A proof older than this is told in warning colour, in seconds.
_OLD_S = 600.0
_TICK_MS = 500
#: Ids are seen whole.
_DRAWER = 430
_UNDER_WAY = Blank(
    Why.LOADING,
    "The first check is under way",
    "A process of its own compares every committed event with every consumer's effects; nothing is held up by it.",
)
_NOT_CHECKED = Blank(
    Why.EMPTY,
    "Nothing has been checked yet",
    "A check proves that every committed event has exactly one effect per consumer, or names what has not.",
    "Check now",
)


class LedgerPage(Page):
    """Checks when it is first looked at, and whenever asked."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        assert tools.ledger is not None
        self.rounds = tools.ledger
        self.report: Report | None = None
        self._printed = b""
        self._snapshot: Snapshot | None = None
        self._has_begun = False
        self.check = self.rounds.check
        self.head = PageHead(tools.theme, "Ledger")
        self.again = button(tools.theme, "Check again", "refresh-cw", name="Check the ledger again")
        self.full = button(tools.theme, "Full check", "scale")
        self.cancel = button(tools.theme, "Cancel", "x", name="Cancel the check")
        self.export = button(tools.theme, "Export", "download", name="Export the report as JSON")
        self.said = ElidedLabel(words(12), "muted")
        self.table = DataTable(tools.theme, "Accounts", COLUMNS, key=lambda line: line.name)
        self.stage = Stage(tools.theme, self.table)
        self.detail = LineDetail(tools)
        self.drawer = Drawer(tools.theme, "Account", self.detail, width=_DRAWER)
        self.split = beside(tools.kept, "ledger", self.stage, self.drawer)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._lay_out()
        self._connect()
        self.table.keep(tools.kept, "ledger")
        self._offer()

    def _lay_out(self) -> None:
        self.full.setToolTip(
            "Also draws every QR image again and compares it, not only a sample; takes longer"
        )
        row = row_of(self.again, self.full, self.cancel, self.export, stretch=False)
        row.addWidget(self.said, 1)
        lay_out_page(self, self.head, row, rest=self.split)

    def _connect(self) -> None:
        self.rounds.began.connect(self._begin)
        self.rounds.refused.connect(self._fail_to_begin)
        self.check.done.connect(self._take)
        self.check.failed.connect(self._fail)
        self.check.cancelled.connect(self._note_cancelled)
        self.again.clicked.connect(self._check)
        self.stage.acted.connect(self._check)
        self.full.clicked.connect(self._check_fully)
        self.cancel.clicked.connect(self.check.cancel)
        self.export.clicked.connect(self._ask_for_file)
        self.table.opened.connect(self._open)
        self.table.looked_at.connect(self._follow)
        self.detail.opened.connect(self._go)
        self.drawer.left.connect(self.stage.focus)
        self._tick.timeout.connect(self._offer)

    # What the frame asks for

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self._refresh,)

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (KeyWords("Enter", "Open an account, with the ids of what is wrong"),)

    def shown(self) -> None:
        self.head.tick(on=True)
        if self.rounds.report is not None and self.report is None:
            self._take(self.rounds.report, self.rounds.printed)
        if self.check.is_running and not self._has_begun:
            self._begin()
        if not self._has_begun:
            self._check()

    def hidden(self) -> None:
        self.head.tick(on=False)

    def focus_content(self) -> None:
        self.stage.focus()

    def step_back(self) -> bool:
        return self.drawer.shut()

    def _refresh(self, snapshot: Snapshot, _age_s: float) -> None:
        self._snapshot = snapshot
        if not self._has_begun:
            self._check()
        self._show()

    # Checking

    def _check(self) -> None:
        self.rounds.ask()

    def _check_fully(self) -> None:
        self.rounds.ask(full=True)

    def _begin(self) -> None:
        self._has_begun = True
        self._tick.start()
        self._say("")
        if self.report is None and self.check.is_running:
            self.stage.show_blank(_UNDER_WAY)
        self._offer()

    def _fail_to_begin(self, error: BaseException) -> None:
        if isinstance(error, NoDesk) and self.report is None:
            self.stage.show_blank(NO_DESK)
        elif not isinstance(error, NoDesk):
            self._fail(str(error))

    def _take(self, report: Report, printed: bytes) -> None:
        self._has_begun = True
        self.report, self._printed = report, printed
        took = f"{'Full check' if self.rounds.is_full else 'Checked'} in {duration(report.seconds)}"
        every = EVERY[self.rounds.every_s].lower() if self.rounds.every_s else "only when asked"
        self._say(f"{took}; checked {every}, as the Settings say")
        self.head.show_source(_SOURCE, report.cut_off.at, old_s=_OLD_S)
        events = plural(report.events, "event")
        self.head.badge.show_state(
            f"green: {events}" if report.ok else f"red: {events}",
            Tone.OK if report.ok else Tone.BAD,
            "Every committed event has exactly one effect, or is known to wait for it."
            if report.ok
            else "Something is lost, doubled, out of order or strange: the lines name it.",
        )
        self._end_round()
        self._show()
        self.stage.show_content()

    def _fail(self, reason: str) -> None:
        self._end_round()
        if self.report is None:
            self.stage.show_blank(Blank(Why.ERROR, "The check has failed", reason, "Try again"))
        self._say(f"The check has failed: {reason}", "bad")

    def _note_cancelled(self) -> None:
        self._end_round()
        if self.report is None:
            self.stage.show_blank(_NOT_CHECKED)
        self._say("The check was cancelled.")

    def _end_round(self) -> None:
        self._tick.stop()
        self._offer()

    def _offer(self) -> None:
        """Let the buttons say what can be done now."""
        runs = self.check.is_running
        for act in (self.again, self.full):
            act.setEnabled(not runs)
        self.cancel.setVisible(runs)
        self.export.setEnabled(self.report is not None)
        self.export.setToolTip("" if self.report is not None else "There is no report yet.")
        if runs:
            self._say(
                f"{'Full check' if self.rounds.is_full else 'Checking'}: {duration(self.check.seconds)} so far"
            )

    def _say(self, text: str, role: str = "muted") -> None:
        set_role(self.said, role)
        self.said.show_text(text)

    # Showing

    def _show(self) -> None:
        if self.report is None:
            return
        snapshot = self._snapshot
        health = {} if snapshot is None else {each.name: each for each in snapshot.consumers}
        shown = lines(self.report, health, None if snapshot is None else snapshot.outbox)
        self.table.show_rows(shown)
        opened = self.detail.line
        if self.drawer.is_open and opened is not None:
            for line in shown:
                if line.name == opened.name and line != opened:
                    self.detail.show_line(line)

    def _open(self, line: Line) -> None:
        self.detail.show_line(line)
        self.drawer.open_with(line.name)

    def _follow(self, line: Line | None) -> None:
        if self.drawer.is_open and line is not None:
            self._open(line)

    def _go(self, name: str) -> None:
        self.wanted.emit(Target(Kind.EVENT, name))

    # Exporting

    def _ask_for_file(self) -> None:
        dialog = QFileDialog(self, "Export the report")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("JSON (*.json)")
        dialog.setDefaultSuffix("json")
        dialog.selectFile("ledger.json")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.export_to)
        dialog.open()

    def export_to(self, file: str) -> None:
        """Write the report as the command prints it."""
        try:
            Path(file).write_bytes(self._printed)
        except OSError as error:
            self._say(f"Not exported: {error.strerror}: {file}", "bad")
        else:
            self._say(f"Exported to {file}", "ok")
