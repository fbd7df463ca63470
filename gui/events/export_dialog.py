"""The dialog that writes events into a file: which ones and where to first, then how far it is, then what came of it."""

import threading
import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.operating.exports import Exported
from gui.events.wanted import Wanted
from gui.fonts import strong, words
from gui.formatting import count, one_line, plural
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.text import label, set_role
from gui.query import Query

_TICK_MS = 200
_DOES = "One JSON object a line, newest first. What is committed meanwhile is not in it."


class _Progress:
    """How far an export is; written in its thread, read by the window's."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.now = (0, 0)

    def note(self, found: int, looked_at: int) -> None:
        """Take how many were found, and looked at."""
        self.now = (found, looked_at)


class ExportDialog(QDialog):
    """Writes what fits the filter; `stop` cancels, and then there is no file."""

    def __init__(self, tools: Tools, wanted: Wanted, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Export events")
        self.setAccessibleName("Export events")
        self.setMinimumWidth(560)
        self._wanted, self._progress = wanted, _Progress()
        self._query: Query[Exported] = Query(tools.bridge, self._finish, self._refuse, self)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_progress)
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
        column.addWidget(label("Export events", strong(16)))
        column.addWidget(label(f"{self._wanted.words}.", words(13)))
        column.addWidget(label(_DOES, words(13), "muted"))
        column.addLayout(place)
        column.addWidget(self.said)
        column.addLayout(acts)

    @property
    def is_under_way(self) -> bool:
        """Whether it is writing."""
        return self._query.is_under_way

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

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(
            self, "Export events", self.path.text(), "JSON lines (*.jsonl)"
        )
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
        self._query.ask(partial(_export, path, self._wanted, self._progress, overwrite))
        for part in (self.go, self.path, self.choose):
            part.setEnabled(not self.is_under_way)
        if self.is_under_way:
            self.go.setToolTip("It is being written.")
            self._name_leave("Stop")
            self._show_progress()
            self._tick.start()

    def _show_progress(self) -> None:
        found, looked_at = self._progress.now
        if not self._progress.stop.is_set():
            self._say(f"{plural(found, 'event')} written, {count(looked_at)} looked at", "muted")

    def _finish(self, done: Exported) -> None:
        self._rest()
        if done.is_cancelled:
            self._say("Stopped: there is no file.", "warn")
            return
        self._say(f"{plural(done.rows, 'event')} written to {done.path}", "ok")
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
        for part in (self.go, self.path, self.choose):
            part.setEnabled(True)
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


def _export(path: Path, wanted: Wanted, progress: _Progress, overwrite: bool, desk: Desk) -> Exported:
    events = desk.reading_room.events
    chosen = wanted.filter(events)
    return events.export(path, chosen, stop=progress.stop, progress=progress.note, overwrite=overwrite)


def _proposal() -> Path:
    """Give a file in the folder of downloads, named by the present time."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    return Path(folder or Path.home()) / f"events-{time.strftime('%Y%m%d-%H%M%S')}.jsonl"
