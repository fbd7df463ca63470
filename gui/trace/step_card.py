"""The card below the time line: the step that is looked at in one sentence, and where to go from it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from core.operating.traces.trace import PRODUCER, RELAY, TracedEvent
from gui.fonts import words
from gui.parts.controls import button
from gui.parts.text import label
from gui.targets import Kind, Target
from gui.theme import Theme
from gui.trace.rows import StepRow

_NOTHING = "Tap a step, or choose one in the list: here it is said in full."


class StepCard(QFrame):
    """`wanted` asks for another page, `followed` for another trace, `origin_wanted` for the event this one replaces."""

    wanted = Signal(object)
    followed = Signal(str)
    origin_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self._row: StepRow | None = None
        self._event: TracedEvent | None = None
        self.sentence = label(_NOTHING, words(13), "muted")
        self.sentence.setWordWrap(True)
        self.sentence.setTextFormat(Qt.TextFormat.PlainText)
        self.sentence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.origin = button(theme, "Original", name="To the event in whose place this one was published")
        self.link = button(theme, "Whole link", name="Follow all that happened to its link")
        self.event_page = button(theme, "Event", name="Open its event")
        self.why = button(theme, "Why?", name="Ask why it is so")
        self._lay_out()
        self.origin.clicked.connect(self._to_origin)
        self.link.clicked.connect(self._follow_link)
        self.event_page.clicked.connect(self._open_event)
        self.why.clicked.connect(self._ask_why)
        self.clear()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 8, 10, 8)
        row.setSpacing(8)
        row.addWidget(self.sentence, 1)
        for part in self._buttons():
            part.setToolTip(part.accessibleName())
            row.addWidget(part, 0, Qt.AlignmentFlag.AlignVCenter)

    def _buttons(self) -> tuple[QPushButton, ...]:
        return self.origin, self.link, self.event_page, self.why

    def show_step(self, row: StepRow, event: TracedEvent, *, is_of_link: bool) -> None:
        """Say this step in full; of a trace that is a link's whole one nobody needs the way there."""
        self._row, self._event = row, event
        if row.sentence != self.sentence.text():
            self.sentence.setText(row.sentence)
            self.sentence.setToolTip(row.sentence)
            self.sentence.setAccessibleName(row.sentence)
        self.origin.setVisible(event.row.event.origin is not None)
        self.link.setVisible(not is_of_link)
        self.event_page.show()
        self.why.show()

    def clear(self) -> None:
        """Nothing is looked at."""
        self._row = self._event = None
        self.sentence.setText(_NOTHING)
        self.sentence.setAccessibleName(_NOTHING)
        for part in self._buttons():
            part.hide()

    def _to_origin(self) -> None:
        if self._event is not None and self._event.row.event.origin is not None:
            self.origin_wanted.emit(self._event.row.event.origin)

    def _follow_link(self) -> None:
        if self._event is not None:
            self.followed.emit(self._event.row.event.link_id)

    def _open_event(self) -> None:
        if self._row is not None:
            self.wanted.emit(Target(Kind.EVENT, self._row.step.event_id, self._row.step.event_id))

    def _ask_why(self) -> None:
        if self._row is not None:
            step = self._row.step
            consumer = "" if step.lane in (PRODUCER, RELAY) else f" {step.lane}"
            self.wanted.emit(Target(Kind.QUESTION, f"{step.event_id}{consumer}"))
