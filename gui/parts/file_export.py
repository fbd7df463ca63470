"""The dialog that writes something into a file: what and where to first, then how far it is, then what came of it."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths, QTimer
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.operating.exports import Exported
from gui.fonts import strong, words
from gui.formatting import one_line, plural
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.text import label, set_role
from gui.query import Query

_TICK_MS = 200


class FileExport(QDialog):
    """The base of such dialogs; each answers for what it writes. Stopping cancels, and then there is no file."""

    def __init__(self, tools: Tools, thing: str, suffix: str, parent: QWidget) -> None:
        """`thing` is one of what is written, such as "link"; `suffix` is what the proposed file's name ends with."""
        super().__init__(parent)
        self._title, self._thing = f"Export {thing}s", thing
        self.setObjectName("dialog")
        self.setWindowTitle(self._title)
        self.setAccessibleName(self._title)
        self.setMinimumWidth(560)
        #: Set to cancel what is under way; anew for each try.
        self.stopping = threading.Event()
        self._query: Query[Exported] = Query(tools.bridge, self._finish, self._refuse, self)
        self._tick = QTimer(self, interval=_TICK_MS)
        self._tick.timeout.connect(self._show_progress)
        self.path = QLineEdit(str(_proposal(thing, suffix)))
        self.path.setAccessibleName("File to write")
        self.path.textEdited.connect(self.be_careful)
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

    # What each dialog answers for

    def call(self, path: Path, *, overwrite: bool) -> Callable[[Desk], Exported]:
        """Give what writes the file; what `progress` tells of begins anew."""
        raise NotImplementedError

    @property
    def progress(self) -> str:
        """How far it is, in words."""
        raise NotImplementedError

    @property
    def kinds(self) -> str:
        """What the chooser of files offers."""
        raise NotImplementedError

    # What all of them do

    def lay_out(self, *about: QWidget) -> None:
        """Put everything in its place; `about` tells and asks what is written."""
        place, acts = QHBoxLayout(), QHBoxLayout()
        place.addWidget(self.path, 1)
        place.addWidget(self.choose)
        acts.addStretch(1)
        acts.addWidget(self.leave)
        acts.addWidget(self.go)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(self._title, strong(16)))
        for widget in about:
            column.addWidget(widget)
        column.addLayout(place)
        column.addWidget(self.said)
        column.addLayout(acts)

    @property
    def is_under_way(self) -> bool:
        """Whether it is writing."""
        return self._query.is_under_way

    def stop(self) -> None:
        """Cancel what is under way."""
        self.stopping.set()

    def reject(self) -> None:
        """Cancel what is under way; close otherwise."""
        if self.is_under_way:
            self.stop()
            self._say("Stopping", "muted")
        else:
            super().reject()

    def be_careful(self) -> None:
        """Another file is not to be replaced only because the one before was."""
        self._name_act("Export", "primary")

    def enable(self, on: bool) -> None:
        """Let what is asked be answered, or not while it is written."""
        for part in (self.go, self.path, self.choose):
            part.setEnabled(on)

    def _choose(self) -> None:
        chosen, _ = QFileDialog.getSaveFileName(self, self._title, self.path.text(), self.kinds)
        if chosen:
            self.path.setText(chosen)
            self.be_careful()

    def _begin(self) -> None:
        self.stopping = threading.Event()
        path = Path(self.path.text().strip()).expanduser()
        self._query.ask(self.call(path, overwrite=self.go.objectName() == "danger"))
        self.enable(not self.is_under_way)
        if self.is_under_way:
            self.go.setToolTip("It is being written.")
            self._name_leave("Stop")
            self._show_progress()
            self._tick.start()

    def _show_progress(self) -> None:
        if not self.stopping.is_set():
            self._say(self.progress, "muted")

    def _finish(self, done: Exported) -> None:
        self._rest()
        if done.is_cancelled:
            self._say("Stopped: there is no file.", "warn")
            return
        self._say(f"{plural(done.rows, self._thing)} written to {done.path}", "ok")
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
        self.enable(True)
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


def _proposal(thing: str, suffix: str) -> Path:
    """Give a file in the folder of downloads, named by the present time."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DownloadLocation)
    return Path(folder or Path.home()) / f"{thing}s-{time.strftime('%Y%m%d-%H%M%S')}.{suffix}"
