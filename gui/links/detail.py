"""All of one link: its QR code, what is known of it, what each consumer has of it, its clicks, and what was edited."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.operating.links.book import LinkDetail, LinkRow
from core.operating.links.roll import LinkState
from gui.fonts import code, strong, words
from gui.formatting import moment, one_line
from gui.icons import icon
from gui.links.hours_chart import HoursChart
from gui.links.reading import read_detail
from gui.links.switches import ARCHIVE, RESTORE
from gui.links.words import (
    MARKS,
    clicks_words,
    edit_words,
    hours_words,
    standing_words,
    state_mark,
    tags_text,
)
from gui.page import Tools
from gui.parts.controls import OutcomeButton, button, named
from gui.parts.facts import Fact, Facts
from gui.parts.lock import lock
from gui.parts.qr_image import scaled
from gui.parts.text import ElidedLabel, label, set_role
from gui.query import Query
from gui.targets import Kind, Target

_EVERY_MS = 1_000
_SIDE, _RIM = 132, 3


class LinkPanel(QWidget):
    """Shows one link and goes on reading it, until another one is shown or the panel rests."""

    wanted = Signal(object)
    #: The link shall be edited; or archived, or restored where it is archived. With its row.
    edit_wanted = Signal(object)
    switch_wanted = Signal(object)
    #: The slug of what is shown became known.
    called = Signal(str)

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._theme = tools.theme
        self.link_id = ""
        self.detail: LinkDetail | None = None
        self._qr_of: tuple[str, bytes | None, bool] | None = None
        self._query: Query[LinkDetail] = Query(tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS)
        self.qr = named(QLabel(), "qr")
        self.qr.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.qr.setFixedSize(_SIDE + 2 * _RIM, _SIDE + 2 * _RIM)
        self.qr.setWordWrap(True)
        self.url = ElidedLabel(code(12))
        self.copy = OutcomeButton(tools.theme, "Copy URL", "copy", "Copy the short URL (c)")
        self.edit = button(tools.theme, "Edit", "pencil", name="Edit the link (e)")
        self.switch = button(tools.theme, ARCHIVE.verb)
        lock(tools.bridge, self.edit, self.switch)
        self.why = button(
            tools.theme, "Why?", "circle-question-mark", name="Ask why something of it is missing"
        )
        self.facts, self.journey, self.edits = Facts("The link"), Facts("Consumers"), Facts("Edits")
        self.hours = HoursChart(tools.theme)
        self.hours_said = label("", words(12), "muted")
        self.edits_said = label("Never edited", words(12), "muted")
        self.said = label("", words(12), "muted")
        for text in (self.hours_said, self.said):
            text.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._show()

    def _lay_out(self) -> None:
        top, acts = QHBoxLayout(), QVBoxLayout()
        acts.setSpacing(6)
        for act in (self.copy, self.edit, self.switch, self.why):
            acts.addWidget(act)
        acts.addStretch(1)
        top.setSpacing(12)
        top.addWidget(self.qr, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(acts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 16)
        layout.setSpacing(10)
        layout.addWidget(self.url)
        layout.addLayout(top)
        layout.addWidget(self.said)
        layout.addWidget(self.facts)
        for title, parts in (
            ("Its events, by consumer", (self.journey,)),
            ("Clicks per hour", (self.hours, self.hours_said)),
            ("Edits, newest first", (self.edits, self.edits_said)),
        ):
            layout.addSpacing(4)
            layout.addWidget(label(title, strong(13)))
            for part in parts:
                layout.addWidget(part)
        layout.addStretch(1)

    def _connect(self) -> None:
        self.copy.clicked.connect(self.copy_url)
        self.edit.clicked.connect(self._want_edit)
        self.switch.clicked.connect(self._want_switch)
        self.why.clicked.connect(self._ask_why)

    # What the page tells it

    def show_link(self, link_id: str) -> None:
        """Show this link."""
        if link_id != self.link_id:
            self.link_id, self.detail = link_id, None
            self._say("Reading", "muted")
            self._show()
        self.go_on()

    def go_on(self) -> None:
        """Read it again, and go on doing so."""
        if self.link_id:
            self._query.ask(partial(read_detail, self.link_id))

    def rest(self) -> None:
        """Read no more for now."""
        self._query.stop()

    @property
    def row(self) -> LinkRow | None:
        """What is known of the link that is shown."""
        return None if self.detail is None else self.detail.row

    def copy_url(self) -> None:
        """Put the short URL into the clipboard."""
        if self.row is not None:
            QGuiApplication.clipboard().setText(self.row.link.short_url)
            self.copy.show_outcome("Copied")

    # Showing

    def _take(self, detail: LinkDetail) -> None:
        self._say("", "muted")
        if detail != self.detail:
            self.detail = detail
            self._show()
            self.called.emit(detail.row.link.slug)

    def _fail(self, error: BaseException) -> None:
        self._say(f"The link can't be read: {one_line(str(error))}", "bad")

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setVisible(bool(text))
        self.said.setAccessibleName(text)

    def _show(self) -> None:
        detail = self.detail
        self._offer(self.row)
        self._show_qr(detail)
        self.url.show_text("" if detail is None else detail.row.link.short_url)
        self.facts.show_facts(() if detail is None else _facts(detail.row))
        self.journey.show_facts(() if detail is None else _journey(detail.row))
        self.hours.show_hours(() if detail is None else detail.hours, () if detail is None else detail.edits)
        self.hours_said.setText("" if detail is None else hours_words(detail.hours))
        edits = () if detail is None else detail.edits
        self.edits.show_facts([Fact(moment(edit.at)[:19], edit_words(edit)) for edit in edits])
        self.edits_said.setVisible(detail is not None and not edits)

    def _offer(self, row: LinkRow | None) -> None:
        is_archived = row is not None and row.link.archived_at is not None
        for part in (self.copy, self.switch, self.why):
            part.setEnabled(row is not None)
        self.edit.setEnabled(row is not None and not is_archived)
        self.edit.setToolTip(
            "It is archived: restore it first." if is_archived else self.edit.accessibleName()
        )
        switch, key = (RESTORE, "r") if is_archived else (ARCHIVE, "a")
        self.switch.setText(switch.verb)
        self.switch.setIcon(icon(self._theme, switch.picture, "text"))
        self.switch.setAccessibleName(f"{switch.verb} the link ({key})")
        self.switch.setToolTip(self.switch.accessibleName())

    def _show_qr(self, detail: LinkDetail | None) -> None:
        shown = None if detail is None else (detail.row.link.link_id, detail.qr_png, detail.is_qr_unknown)
        if shown == self._qr_of and shown is not None:
            return
        self._qr_of = shown
        image = QImage() if detail is None or not detail.qr_png else QImage.fromData(detail.qr_png)
        set_role(self.qr, "true" if image.isNull() else "false", "empty")
        if detail is not None and not image.isNull():
            self.qr.setPixmap(scaled(image, _SIDE, self.devicePixelRatioF()))
            self.qr.setAccessibleName(f"QR code of {detail.row.link.short_url}")
            return
        self.qr.setPixmap(QPixmap())
        self.qr.setText(_no_qr(detail))
        self.qr.setAccessibleName(self.qr.text())

    def _want_edit(self) -> None:
        if self.row is not None:
            self.edit_wanted.emit(self.row)

    def _want_switch(self) -> None:
        if self.row is not None:
            self.switch_wanted.emit(self.row)

    def _ask_why(self) -> None:
        if self.row is not None:
            self.wanted.emit(Target(Kind.QUESTION, self.row.link.slug))


def _no_qr(detail: LinkDetail | None) -> str:
    if detail is None:
        return ""
    return (
        "The QR code can't be read now"
        if detail.is_qr_unknown
        else "No QR code yet: the qr consumer draws it"
    )


def _facts(row: LinkRow) -> list[Fact]:
    link = row.link
    facts = [
        Fact("Target", link.target_url, is_code=True),
        Fact("Title", link.title or "none", "text" if link.title else "muted"),
        Fact("Tags", tags_text(link.tags) or "none", "text" if link.tags else "muted"),
        Fact("Team", link.team),
        Fact("State", row.state.value, state_mark(row.state)[1]),
        Fact("Clicks", clicks_words(row), "text" if row.clicks is not None else "muted"),
        Fact("Created", f"{moment(link.created_at)} by {link.created_by}"),
    ]
    if link.entered_url != link.target_url:
        facts.insert(1, Fact("As entered", link.entered_url, is_code=True))
    if link.expires_at is not None:
        facts.append(
            Fact("Expires", moment(link.expires_at), "warn" if row.state is LinkState.EXPIRED else "text")
        )
    if link.archived_at is not None:
        facts.append(Fact("Archived", moment(link.archived_at)))
    return [*facts, Fact("Id", link.link_id, is_code=True)]


def _journey(row: LinkRow) -> list[Fact]:
    return [
        Fact(each.consumer, standing_words(each, row.link.created_at), MARKS[each.effect][1])
        for each in row.standings
    ]
