"""The bar that creates links: Enter creates, an error appears under the fields and says what to do."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from core.errors import InvalidInput
from core.operating.desk import Desk
from core.producing.outcomes import CreatedLink
from core.producing.teams import Team
from gui.bridge import Bridge
from gui.fonts import strong, words
from gui.formatting import milliseconds, one_line
from gui.icons import icon
from gui.parts.controls import Chooser, button
from gui.parts.lock import lock
from gui.parts.text import ElidedLabel, label, set_role
from gui.theme import Theme

#: How long the button tells of a success, in milliseconds.
_TOLD_MS = 1_800


class CreateBar(QFrame):
    """Takes an address and what else is wanted; `created` tells the new link."""

    created = Signal(object)

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme, self._bridge = theme, bridge
        self._ready = self._busy = False
        self.url = self._field("Address to shorten", "https://example.com/a/long/address", 0)
        self.slug = self._field("Slug, optional", "slug (optional)", 124)
        self.tags = self._field("Tags, separated by commas, optional", "tags (optional)", 136)
        self.team = Chooser(theme, "Team")
        self.team.setFixedWidth(108)
        self.button = button(theme, "Create link", "plus", colour="on_accent")
        self.button.setObjectName("primary")
        self.button.setFixedWidth(136)
        self.button.clicked.connect(self._create)
        self.message = ElidedLabel(words(12), "bad")
        self.proposals: list[QPushButton] = []
        self._created_in = ""
        self._told = QTimer(self, singleShot=True, interval=_TOLD_MS)
        self._told.timeout.connect(self._show_button)
        self._lay_out()
        self.set_ready(False)
        lock(bridge, self.button, self.url, self.slug, self.tags, self.team)

    def _field(self, name: str, hint: str, width: int) -> QLineEdit:
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setToolTip(name)
        if width:
            field.setFixedWidth(width)
        field.returnPressed.connect(self._create)
        field.textEdited.connect(partial(self._forgive, field))
        return field

    def _lay_out(self) -> None:
        title = label("&New link", strong(14))
        title.setBuddy(self.url)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(title)
        row.addSpacing(4)
        row.addWidget(self.url, 1)
        for widget in (self.slug, self.tags, self.team, self.button):
            row.addWidget(widget)
        self._below = QWidget()
        self._below_row = QHBoxLayout(self._below)
        self._below_row.setContentsMargins(0, 0, 0, 0)
        self._below_row.setSpacing(8)
        self._below_row.addSpacing(title.sizeHint().width() + 13)
        self._below_row.addWidget(self.message)
        self._below_row.addStretch(1)
        self._below.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 12, 12, 12)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self._below)

    # What others tell it

    def set_ready(self, ready: bool) -> None:
        """Whether there is a desk that can create links."""
        self._ready = ready
        self._show_button()
        if ready:
            self._bridge.read(Desk.teams, self.show_teams, self._fail)

    def show_teams(self, teams: Sequence[Team]) -> None:
        """Offer these teams."""
        chosen = self.team.currentText()
        self.team.clear()
        self.team.addItems([team.name for team in teams])
        self.team.setCurrentIndex(max(0, self.team.findText(chosen)))

    def focus_url(self) -> None:
        """Let the operator type an address."""
        self.url.setFocus()
        self.url.selectAll()

    # Creating

    def _create(self) -> None:
        if not self._ready or self._busy:
            return
        self._clear_message()
        url, slug, team = self.url.text(), self.slug.text().strip() or None, self.team.currentText() or None
        tags = tuple(tag for tag in (part.strip() for part in self.tags.text().split(",")) if tag)
        self._busy = self._bridge.run(
            lambda desk: desk.create_link(url, slug=slug, tags=tags, team=team), self._done, self._fail
        )
        self._show_button()

    def _done(self, link: CreatedLink) -> None:
        self._busy = False
        for field in (self.url, self.slug, self.tags):
            field.clear()
        self._created_in = milliseconds(link.committed_ms)
        self._told.start()
        self._show_button()
        if link.warning:
            self._tell(link.warning, "warn")
        self.created.emit(link)

    def _fail(self, error: BaseException) -> None:
        self._busy = False
        self._show_button()
        self._tell(one_line(str(error)), "bad")
        if not isinstance(error, InvalidInput):
            return
        field = {"url": self.url, "slug": self.slug, "tags": self.tags}.get(error.field)
        if field is None:
            self.team.setFocus()
            return
        set_role(field, "true", "invalid")
        field.setAccessibleDescription(str(error))
        field.setFocus()
        for proposal in error.proposals:
            self._offer(field, proposal)

    def _offer(self, field: QLineEdit, proposal: str) -> None:
        offer = button(self._theme, f"Use {_shortened(proposal)}", name=f"Use {proposal}")
        offer.setObjectName("proposal")
        offer.setToolTip(proposal)
        offer.clicked.connect(partial(self._take, field, proposal))
        self._below_row.insertWidget(self._below_row.count() - 1, offer)
        QWidget.setTabOrder(self.proposals[-1] if self.proposals else field, offer)
        self.proposals.append(offer)

    def _take(self, field: QLineEdit, proposal: str) -> None:
        field.setText(proposal)
        self._clear_message()
        field.setFocus()

    # What is shown

    def _show_button(self) -> None:
        text = f"Created, {self._created_in}" if self._told.isActive() else "Create link"
        sign = "check" if self._told.isActive() else "plus"
        self.button.setText("Creating…" if self._busy else text)
        self.button.setIcon(icon(self._theme, sign, "on_accent"))
        self.button.setEnabled(self._ready and not self._busy)
        self.button.setToolTip("" if self._ready else "The desk is not open yet.")

    def _tell(self, text: str, role: str) -> None:
        set_role(self.message, role)
        self.message.show_text(text)
        self._below.show()

    def _clear_message(self) -> None:
        self._below.hide()
        self.message.show_text("")
        for field in (self.url, self.slug, self.tags):
            self._mend(field)
        for offer in self.proposals:
            offer.deleteLater()
        self.proposals.clear()

    def _forgive(self, field: QLineEdit, _text: str) -> None:
        if field.property("invalid") == "true":
            self._clear_message()

    @staticmethod
    def _mend(field: QLineEdit) -> None:
        if field.property("invalid") == "true":
            set_role(field, "false", "invalid")
            field.setAccessibleDescription("")


def _shortened(proposal: str) -> str:
    return proposal if len(proposal) <= 48 else f"{proposal[:47]}…"
