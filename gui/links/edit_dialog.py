"""The dialog that edits a link: title, target and tags. Only what was changed is sent; another edit takes it back."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.producing.link_list import Link
from core.producing.outcomes import Change
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.links.words import tags_of, tags_text
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query

_DOES = "The short URL stays. Each change is an event that all consumers hear of; the history keeps what was before."


class EditDialog(QDialog):
    """`edited` tells of the link's id once it is done."""

    edited = Signal(str)

    def __init__(self, tools: Tools, link: Link, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle(f"Edit {link.slug}")
        self.setAccessibleName(f"Edit {link.slug}")
        self.setMinimumWidth(560)
        self._link = link
        self._query: Query[Change] = Query(tools.bridge, self._take, self._refuse, self, is_act=True)
        self.url = self._field("Target", link.target_url)
        self.title = self._field("Title", link.title)
        self.tags = self._field("Tags, separated by commas", tags_text(link.tags))
        self.said = label("", words(13), "muted")
        self.said.setWordWrap(True)
        self.said.hide()
        self.leave = button(tools.theme, "Cancel")
        self.leave.setAutoDefault(False)
        self.leave.clicked.connect(self.reject)
        self.go = button(tools.theme, "Save")
        self.go.setObjectName("primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._save)
        for field in (self.url, self.title, self.tags):
            field.textChanged.connect(self._offer)
        self._lay_out()
        self._offer()
        lock(tools.bridge, self.go)

    def _field(self, name: str, text: str) -> QLineEdit:
        field = QLineEdit(text)
        field.setCursorPosition(0)
        field.setAccessibleName(name)
        return field

    def _lay_out(self) -> None:
        form, acts = QFormLayout(), QHBoxLayout()
        for field in (self.title, self.url, self.tags):
            form.addRow(label(field.accessibleName(), words(12), "muted"), field)
        acts.addStretch(1)
        acts.addWidget(self.leave)
        acts.addWidget(self.go)
        does = label(_DOES, words(13), "muted")
        does.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        column.addWidget(label(self.windowTitle(), strong(16)))
        column.addWidget(does)
        column.addLayout(form)
        column.addWidget(self.said)
        column.addLayout(acts)

    @property
    def changes(self) -> tuple[str | None, str | None, tuple[str, ...] | None]:
        """Target, title and tags, each None if it stays as it is."""
        url, title, tags = self.url.text().strip(), self.title.text().strip(), tags_of(self.tags.text())
        return (
            url if url != self._link.target_url else None,
            title if title != self._link.title else None,
            tags if tags != self._link.tags else None,
        )

    def _offer(self) -> None:
        has_changes = self.changes != (None, None, None)
        self.go.setEnabled(has_changes and not self._query.is_under_way)
        self.go.setToolTip("" if has_changes else "Nothing is changed yet.")

    def _save(self) -> None:
        for field in (self.url, self.title, self.tags):
            set_role(field, "false", "invalid")
        self._say("Sent", "muted")
        self._query.ask(partial(_edit, self._link.link_id, self.changes))
        self.go.setEnabled(False)

    def _take(self, change: Change) -> None:
        self.edited.emit(change.link_id)
        self.accept()

    def _refuse(self, error: BaseException) -> None:
        """Say what was refused, at its field; nothing was changed."""
        field = {"url": self.url, "title": self.title, "tags": self.tags}.get(
            error.field if isinstance(error, InvalidInput) else ""
        )
        if field is not None:
            set_role(field, "true", "invalid")
            field.setFocus()
        self._say(f"Not saved: {one_line(str(error))}", "bad")
        self._offer()

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)
        self.said.show()


def _edit(link_id: str, changes: tuple[str | None, str | None, tuple[str, ...] | None], desk: Desk) -> Change:
    url, title, tags = changes
    return desk.edit_link(link_id, url=url, title=title, tags=tags)
