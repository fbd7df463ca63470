"""The detail of one act: who, when, why, what was so before and after, and its undo, which turns into the outcome."""

from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.operating.desk import Desk
from core.operating.journal.entries import JournalEntry
from gui.fonts import words
from gui.formatting import moment, one_line
from gui.journal.acts import read_story
from gui.journal.story import Story, Undo
from gui.page import Tools
from gui.parts.controls import button
from gui.parts.facts import Fact, Facts
from gui.parts.lock import lock
from gui.parts.text import label, set_role
from gui.query import Query

_NO_REASON = "no reason given"


class ActDetail(QWidget):
    """Shows one act, and keeps on showing it until another one is opened."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.entry: JournalEntry | None = None
        self.story: Story | None = None
        self._stories: Query[Story] = Query(tools.bridge, self._take, self._fail, self, every_ms=1_000)
        self._undoing: Query[object] = Query(tools.bridge, self._done, self._refused, self, is_act=True)
        self.facts = Facts("The act")
        self.undo = button(tools.theme, "Undo", "undo-2")
        self.undo.clicked.connect(self._undo)
        lock(tools.bridge, self.undo)
        self.said = label("", words(12), "muted")
        self.said.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 16)
        layout.setSpacing(12)
        layout.addWidget(self.facts)
        layout.addWidget(self.undo)
        layout.addWidget(self.said)
        layout.addStretch(1)

    def show_entry(self, entry: JournalEntry) -> None:
        """Show this act."""
        if entry != self.entry:
            self.entry, self.story = entry, None
            self.said.setText("")
        self._show()
        self.go_on()

    def go_on(self) -> None:
        """Read again what has become of it, and go on doing so."""
        entry = self.entry
        if entry is not None:

            def read(desk: Desk) -> Story:
                return read_story(desk, entry)

            self._stories.ask(read)

    def rest(self) -> None:
        """Read no more for now."""
        self._stories.stop()

    def _take(self, story: Story) -> None:
        self.story = story
        self._show()

    def _fail(self, error: BaseException) -> None:
        self._say(f"What became of it can't be read: {one_line(str(error))}", "bad")

    def _show(self) -> None:
        entry, story = self.entry, self.story
        if entry is None:
            return
        self.facts.show_facts(
            (
                Fact("Act", entry.act),
                Fact("To", entry.subject),
                Fact("Who", entry.by),
                Fact("When", moment(entry.at)),
                Fact("Why", entry.why or _NO_REASON, "text" if entry.why else "muted"),
                Fact("Before", None if story is None else story.before),
                Fact("After", None if story is None else story.after),
                *_numbers(entry),
            )
        )
        self._offer(story)

    def _offer(self, story: Story | None) -> None:
        undo = None if story is None else story.undo
        self.undo.setText("Undo" if undo is None else f"Undo: {undo.text}")
        self.undo.setAccessibleName(self.undo.text())
        # A disabled button hands the keyboard to whatever comes next in the window, which nobody has asked for.
        may = undo is not None and not self._undoing.is_under_way
        self.undo.setEnabled(may or self.undo.hasFocus())
        self.undo.setToolTip("" if story is None else story.why_not or "Undo it (u)")
        if story is not None and story.why_not and not self.said.text():
            self._say(story.why_not, "muted")

    def _undo(self) -> None:
        undo: Undo | None = None if self.story is None else self.story.undo
        if undo is not None and not self._undoing.is_under_way:
            self._say(f"{undo.text}: sent", "muted")
            self._undoing.ask(undo.call)
            self._show()

    def _done(self, _outcome: object) -> None:
        self._say("Undone; the journal has it as an act of its own.", "ok")
        self.go_on()

    def _refused(self, error: BaseException) -> None:
        self._say(f"Not undone: {one_line(str(error))}", "bad")
        self._show()

    def _say(self, text: str, role: str) -> None:
        set_role(self.said, role)
        self.said.setText(text)
        self.said.setAccessibleName(text)


def _numbers(entry: JournalEntry) -> tuple[Fact, ...]:
    number = Fact("Number", str(entry.entry_id), is_code=True)
    if entry.link_id is None:
        return (number,)
    return (number, Fact("Link", entry.link_id, is_code=True))
