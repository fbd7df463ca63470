"""The small box that goes to whatever has an id: a link, an event, a trace, a consumer."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from core.operating.desk import Desk
from gui.fonts import strong, words
from gui.formatting import one_line
from gui.page import Tools
from gui.pages import place_for
from gui.parts.controls import button
from gui.parts.text import ElidedLabel, label, set_role
from gui.query import Query
from gui.targets import Target, find_target

_OFFER = "A slug, short URL or id; a consumer's name. Why before it: why did it not happen?"


class GoTo(QDialog):
    """Looks up what was typed; `found` tells where to go, and the box is gone. What is not found stays to be mended."""

    found = Signal(object)

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Go to")
        self.setAccessibleName("Go to")
        self._tools = tools
        self.field = QLineEdit()
        self.field.setAccessibleName("What to go to")
        self.field.setPlaceholderText("8kq2m3x")
        self.field.setFixedWidth(460)
        self.field.returnPressed.connect(self._look_up)
        self.field.textEdited.connect(self._explain)
        self.said = ElidedLabel(words(12), "muted")
        self.go = button(tools.theme, "Go", "arrow-right", name="Go to it")
        self.go.setAutoDefault(False)
        self.go.clicked.connect(self._look_up)
        self._query: Query[Target] = Query(tools.bridge, self._take, self._refuse, self)
        self._lay_out()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label("Go to", strong(15)))
        layout.addLayout(row)
        layout.addWidget(self.said)

    def ask(self) -> None:
        """Open the box; what was typed last can be typed over."""
        self._explain()
        self.field.selectAll()
        self.open()
        self.field.setFocus()

    def _explain(self) -> None:
        set_role(self.said, "muted")
        self.said.show_text(_OFFER)

    def _look_up(self) -> None:
        text = self.field.text().strip()
        if text:
            consumers = self._tools.consumers

            def find(desk: Desk) -> Target:
                return find_target(desk, text, consumers)

            self.said.show_text("Looking it up")
            self._query.ask(find)

    def _take(self, target: Target) -> None:
        if place_for(target.kind) is None:
            self._complain(
                f"It is a{'n' if target.kind[0] in 'ae' else ''} {target.kind}, which no page shows."
            )
        else:
            self.accept()
            self.found.emit(target)

    def _refuse(self, error: BaseException) -> None:
        self._complain(one_line(str(error)))

    def _complain(self, text: str) -> None:
        set_role(self.said, "bad")
        self.said.show_text(text)
        self.field.selectAll()
        self.field.setFocus()
