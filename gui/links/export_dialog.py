"""The dialog that writes links into a file: which ones, as what and where to; then how far it is, and what came of it."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.operating.exports import Exported
from core.operating.link_files import Form
from core.operating.link_roll import LinkQuery
from gui.fonts import strong, words
from gui.formatting import one_line, plural
from gui.page import Tools
from gui.parts.controls import Chooser, button
from gui.parts.text import label, set_role
from gui.query import Query

_TICK_MS = 200
_FORMS = {
    Form.CSV: "CSV, for spreadsheets",
    Form.JSON: "JSON, for programs",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which links are to be written: those selected, or else all that fit the filter when it begins."""

    query: LinkQuery
    selected: tuple[str, ...]
    #: The filter in words; empty = there is none.
    filter_words: str

    @property
    def words(self) -> str:
        """Say which ones."""
        if self.selected:
            return f"{plural(len(self.selected), 'selected link')}"
        return f"All links with {self.filter_words}" if self.filter_words else "All links"


class _Progress:
    """How far an export is; written in its thread, read by the window's."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.written = 0

    def note(self, written: int) -> None:
        """Take how many are written."""
        self.written = written


class ExportDialog(QDialog):
    """Writes them; `stop` cancels, and then there is no file."""

    def __init__(self, tools: Tools, scope: Scope, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Export links")
        self.setAccessibleName("Export links")
        self.setMinimumWidth(560)
        self._scope, self._progress = scope, _Progress()
        self._query: Query[Exported] = Query(tools.bridge, self._finish, self._refuse, self)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_progress)
        self.form = Chooser(tools.theme, "Form of the file")
        self.form.addItems(list(_FORMS.values()))
        self.form.currentIndexChanged.connect(self._rename)
        self.path = QLineEdit(str(_proposal()))
        self.path.setAccessibleName("File to write")
        self.path.textEdited.connect(self._be_careful)
        self.choose = button(tools.theme, "Choose", name="Choose a file")
        self.choose.setAutoDefault(False)
        self.choose.clicked.connect(self._choose)
        self.said = label("", words(13), "muted")
        self.said.setWordWrap(True)
        self.leave = button(tools.theme, "Cancel")
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self.reject)
        self.go = button(tools.theme, "Export")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._begin)
        self._lay_out()

    def _lay_out(self) -> None:
        place, acts = QHBoxLayout(), QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(self.choose)
        acts.addStretch(1)
        acts.addWidget(self.leave)
        acts.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label("Export links", strong(16)))
        which = label(f"{self._scope.words}, in the order of the table.", words(13))
        which.setWordWrap(True)
        column.addWidget(which)
        column.addWidget(self.form)
        column.addLayout(place)
        column.addWidget(self.said)
        column.addLayout(acts)

    @property
    def is_under_way(self) -> bool:
        """Whether it is writing."""
        return self._query.is_under_way

    @property
    def _chosen(self) -> Form:
        return list(_FORMS)[self.form.currentIndex()]

    def stop(self) -> None:
        """Cancel what is under way."""
        self._progress.stop.set()

    def reject(self) -> None:
        """Cancel what is under way; close otherwise."""
        if self.is_under_way:
            self.stop()
            self._say("Stopping", "muted")
        else:
            super().reject()

    def _rename(self) -> None:
        path = self.path.text().strip()
        self.path.setText(str(Path(path).with_suffix(f".{self._chosen}")) if path else "")
        self._be_careful()

    def _choose(self) -> None:
        kinds = f"{self._chosen.upper()} (*.{self._chosen})"
        chosen, _ = QFileDialog.getSaveFileName(self, "Export links", self.path.text(), kinds)
        if chosen:
            self.path.setText(chosen)
            self._be_careful()

    def _be_careful(self) -> None:
        """Another file is not to be replaced only because the one before was."""
        self._name_act("Export", "primary")

    def _begin(self) -> None:
        self._progress = _Progress()
        overwrite = self.go.objectName() == "danger"
        path = Path(self.path.text().strip()).expanduser()
        call = partial(_export, path, self._scope, self._chosen, self._progress, overwrite)
        self._query.ask(call)
        self._enable(not self.is_under_way)
        if self.is_under_way:
            self.go.setToolTip("It is being written.")
            self._name_leave("Stop")
            self._show_progress()
            self._tick.start()

    def _enable(self, on: bool) -> None:
        for part in (self.go, self.form, self.path, self.choose):
            part.setEnabled(on)

    def _show_progress(self) -> None:
        if not self._progress.stop.is_set():
            of_all = f" of {plural(len(self._scope.selected), 'link')}" if self._scope.selected else ""
            self._say(f"{plural(self._progress.written, 'link')} written{of_all}", "muted")

    def _finish(self, done: Exported) -> None:
        self._rest()
        if done.is_cancelled:
            self._say("Stopped: there is no file.", "warn")
            return
        self._say(f"{plural(done.rows, 'link')} written to {done.path}", "ok")
        self.go.hide()
        self._name_leave("Close")
        self.leave.setFocus()

    def _refuse(self, error: BaseException) -> None:
        self._rest()
        self._say(one_line(str(error)), "bad")
        if isinstance(error, InvalidInput) and error.code == "exists":
            self._name_act("Replace the file", "danger")

    def _rest(self) -> None:
        self._tick.stop()
        self._enable(True)
        self.go.setToolTip("")
        self._name_leave("Cancel")

    def _name_act(self, text: str, kind: str) -> None:
        self.go.setText(text)
        self.go.setAccessibleName(text)
        self.go.setObjectName(kind)
        self.go.style().unpolish(self.go)
        self.go.style().polish(self.go)

    def _name_leave(self, text: str) -> None:
        self.leave.setText(text)
        self.leave.setAccessibleName(text)

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)


def _export(
    path: Path, scope: Scope, form: Form, progress: _Progress, overwrite: bool, desk: Desk
) -> Exported:
    book = desk.reading_room.links
    link_ids: Sequence[str] = scope.selected or book.rolls.roll(scope.query).link_ids
    return book.export(path, link_ids, form, stop=progress.stop, progress=progress.note, overwrite=overwrite)


def _proposal() -> Path:
    """Give a file in the folder of downloads, named by the present time."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    return Path(folder or Path.home()) / f"links-{time.strftime('%Y%m%d-%H%M%S')}.csv"
