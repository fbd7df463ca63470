"""The dialog that registers a webhook endpoint; its signing secret is shown this once."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.consuming.endpoints import AddedEndpoint
from core.operating.desk import Desk
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.page import Tools
from gui.parts.controls import OutcomeButton, button
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query

_DOES = "It is told of what happens from now on, with signed requests; not of what has happened before."


class EndpointDialog(QDialog):
    """`added` tells of the address once it is registered; the dialog stays for the secret to be copied."""

    added = Signal(str)

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Add an endpoint")
        self.setAccessibleName("Add an endpoint")
        self.setMinimumWidth(520)
        self._query: Query[AddedEndpoint] = Query(tools.bridge, self._take, self._refuse, self, is_act=True)
        self.url = QLineEdit()
        self.url.setAccessibleName("Address of the endpoint")
        self.url.setPlaceholderText("https://hooks.example.com/signalbox")
        self.said = label("", words(13), "muted")
        self.said.setWordWrap(True)
        self.said.hide()
        self.secret = QLineEdit()
        self.secret.setReadOnly(True)
        self.secret.setAccessibleName("Signing secret")
        self.copy_secret = OutcomeButton(tools.theme, "Copy", "copy", "Copy the signing secret")
        self.leave = button(tools.theme, "Cancel")
        self.go = button(tools.theme, "Add", name="Add the endpoint")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self._lay_out()
        self.copy_secret.clicked.connect(self._copy)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._add)
        self.finished.connect(self.secret.clear)
        lock(tools.bridge, self.go)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label("Add an endpoint", strong(16)))
        explained = label(_DOES, words(13), "muted")
        explained.setWordWrap(True)
        column.addWidget(explained)
        column.addWidget(self.url)
        column.addWidget(self.said)
        kept = QHBoxLayout()
        for part in (self.secret, self.copy_secret):
            part.hide()
            kept.addWidget(part)
        column.addLayout(kept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.leave)
        row.addWidget(self.go)
        column.addLayout(row)

    def _add(self) -> None:
        url = self.url.text().strip()
        if not url:
            self._say("Type an address first.", "bad")
            return
        self.go.setEnabled(False)
        self._say("Sent", "muted")
        self._query.ask(partial(_add, url))

    def _take(self, added: AddedEndpoint) -> None:
        self.url.setText(added.endpoint.url)
        self.url.setReadOnly(True)
        self.secret.setText(added.secret)
        for part in (self.secret, self.copy_secret):
            part.show()
        self.go.hide()
        self.leave.setText("Close")
        self.leave.setAccessibleName("Close")
        self._say("Added. Its requests are signed with this secret, which is shown this once:", "ok")
        self.added.emit(added.endpoint.url)

    def _refuse(self, error: BaseException) -> None:
        self.go.setEnabled(True)
        self._say(f"Not added: {one_line(str(error))}", "bad")

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.secret.text())
        self.copy_secret.show_outcome("Copied")

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)
        self.said.show()


def _add(url: str, desk: Desk) -> AddedEndpoint:
    return desk.add_endpoint(url)
