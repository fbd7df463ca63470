"""The dialog that publishes an event again: which of its two meanings, what each consumer will do, then what came of it.

It is done only after its word was typed. Outcomes are followed, and stay until the operator closes the dialog.
"""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from core.broker.stream_look import Copy
from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.events.prospects import Prospect, Verdict
from core.operating.events.republishing import Preview, ToldAgain
from gui.events.republish_words import (
    WORD,
    Meaning,
    does,
    outcome_of,
    put_back_words,
    summary,
    title_of,
    verb,
    why_not,
)
from gui.fonts import strong
from gui.formatting import one_line, plural
from gui.page import Tools
from gui.parts.controls import Chooser, Tick, button
from gui.parts.lock import lock
from gui.parts.text import Sentence, label
from gui.query import Query

_FOLLOW_MS = 500
#: Of sentences, and of what is said of one consumer beside its name, in pixels.
_WIDTH, _BESIDE = 660, 540
_MEANINGS = tuple(Meaning)
#: What has come of it: the new events' effects by consumer, and what the stream has of the event.
Followed = tuple[dict[str, Effect], Copy]


class RepublishDialog(QDialog):
    """Looks, asks, acts and tells; `opened` asks for a new event to be shown."""

    opened = Signal(str)

    def __init__(self, tools: Tools, event_id: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("dialog")
        self.setWindowTitle("Publish an event again")
        self.setAccessibleName("Publish an event again")
        self._theme, self._event_id = tools.theme, event_id
        self.seen: Preview | None = None
        self._told: Sequence[ToldAgain] = ()
        self._put_back: int | None = None
        self.ticks: dict[str, Tick] = {}
        self.texts: dict[str, Sentence] = {}
        self._look: Query[Preview] = Query(tools.bridge, self._show_preview, self._fail, self)
        self._work: Query[list[ToldAgain] | int] = Query(
            tools.bridge, self._take, self._fail, self, is_act=True
        )
        self._follow: Query[Followed] = Query(
            tools.bridge, self._show_outcomes, self._let_be, self, every_ms=_FOLLOW_MS
        )
        self._make_parts(tools)
        self._lay_out()
        self._say("Reading who has it", "muted")
        self._offer()
        lock(tools.bridge, self.go)
        self._look.ask(partial(_preview, event_id))

    def _make_parts(self, tools: Tools) -> None:
        self.title = label("Publish an event again", strong(16))
        self.meaning = Chooser(tools.theme, "What publishing again means")
        self.meaning.addItems([meaning.value for meaning in _MEANINGS])
        self.does, self.will, self.said = (
            Sentence("text", _WIDTH),
            Sentence("text", _WIDTH),
            Sentence("muted", _WIDTH),
        )
        self.consumers = QGridLayout()
        self.why = QLineEdit()
        self.why.setAccessibleName("Why")
        self.why.setPlaceholderText("Why, for the journal (may be left empty)")
        self.typed = QLineEdit()
        self.typed.setAccessibleName(f"Type {WORD} to confirm")
        self.typed.setPlaceholderText(f"Type {WORD} to confirm")
        self.show_new = button(tools.theme, "Open the new event")
        self.show_new.hide()
        self.leave = button(tools.theme, "Cancel")
        self.go = button(tools.theme, verb(Meaning.TELL, 0))
        self.go.setObjectName("danger")
        self.go.setDefault(True)
        for part in (self.show_new, self.leave):
            part.setAutoDefault(False)
        self.meaning.currentIndexChanged.connect(self._offer)
        self.typed.textChanged.connect(self._offer)
        self.show_new.clicked.connect(self._open_new)
        self.leave.clicked.connect(self.reject)
        self.go.clicked.connect(self._act)

    def _lay_out(self) -> None:
        self.consumers.setContentsMargins(0, 4, 0, 4)
        self.consumers.setHorizontalSpacing(14)
        self.consumers.setVerticalSpacing(8)
        self.consumers.setColumnStretch(1, 1)
        fields, foot = QHBoxLayout(), QHBoxLayout()
        fields.addWidget(self.why, 3)
        fields.addWidget(self.typed, 2)
        foot.addStretch(1)
        for part in (self.show_new, self.leave, self.go):
            foot.addWidget(part)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 18)
        column.setSpacing(10)
        for widget in (self.title, self.meaning, self.does):
            column.addWidget(widget)
        column.addLayout(self.consumers)
        column.addWidget(self.will)
        column.addLayout(fields)
        column.addWidget(self.said)
        column.addLayout(foot)
        # What is said takes more lines, or fewer: the dialog follows.
        column.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)

    # Before

    @property
    def chosen(self) -> tuple[str, ...]:
        """The consumers that are ticked."""
        return tuple(name for name, tick in self.ticks.items() if tick.isChecked())

    @property
    def _meaning(self) -> Meaning:
        return _MEANINGS[self.meaning.currentIndex()]

    def _show_preview(self, seen: Preview) -> None:
        self.seen = seen
        title = title_of(seen)
        self.title.setText(title)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        for row, one in enumerate(seen.prospects):
            self._add_consumer(row, one)
        if seen.is_lost:
            self.meaning.setCurrentIndex(_MEANINGS.index(Meaning.PUT_BACK))
        self._say("", "muted")
        self._offer()
        self.typed.setFocus()

    def _add_consumer(self, row: int, one: Prospect) -> None:
        tick = Tick(self._theme, one.consumer)
        text = Sentence("text" if one.may_be_told else "muted", _BESIDE)
        tick.setAccessibleName(f"{one.consumer} {one.text}")
        tick.setEnabled(one.may_be_told)
        tick.setToolTip("" if one.may_be_told else f"It can't be told: it {one.text}.")
        tick.setChecked(one.verdict is Verdict.RUNS)
        tick.toggled.connect(self._offer)
        text.say(one.text)
        self.ticks[one.consumer], self.texts[one.consumer] = tick, text
        self.consumers.addWidget(tick, row, 0)
        self.consumers.addWidget(text, row, 1)

    def _offer(self) -> None:
        meaning, seen = self._meaning, self.seen
        for part in (*self.ticks.values(), *self.texts.values()):
            part.setVisible(meaning is Meaning.TELL)
        tells = seen is not None and meaning is Meaning.TELL and bool(self.chosen)
        self.does.say("" if seen is None else does(meaning, seen))
        self.will.say(f"{summary(seen.prospects, self.chosen)}." if seen is not None and tells else "")
        self.go.setText(verb(meaning, len(self.chosen)))
        self.go.setAccessibleName(self.go.text())
        reason = why_not(meaning, seen, self.chosen, self.typed.text())
        self.go.setEnabled(not reason)
        self.go.setToolTip(reason)
        if seen is not None:
            self._say(reason, "muted")

    # Acting

    def _act(self) -> None:
        if self.seen is None:
            return
        why, meaning = self.why.text().strip(), self._meaning
        self._enable(False)
        self._say("Sent", "muted")
        if meaning is Meaning.TELL:
            self._work.ask(partial(_tell, self.seen, self.chosen, why))
        else:
            self._work.ask(partial(_put_back, self.seen, why))

    def _take(self, done: list[ToldAgain] | int) -> None:
        self.go.hide()
        self.leave.setText("Close")
        self.leave.setAccessibleName("Close")
        self.leave.setFocus()
        for part in (self.does, self.why, self.typed, self.will, *self.ticks.values(), *self.texts.values()):
            part.hide()
        if isinstance(done, int):
            self._put_back = done
        else:
            self._told = done
            self.show_new.show()
            for row, told in enumerate(done):
                self.texts[told.consumer].setFixedWidth(_WIDTH)
                self.consumers.addWidget(self.texts[told.consumer], row, 0, 1, 2)
        self._show_outcomes(({}, Copy.UNKNOWN))
        self._follow.ask(partial(_outcomes, self._event_id, tuple(self._told)))

    def _show_outcomes(self, found: Followed) -> None:
        effects, copy = found
        if self._put_back is not None:
            self._say(*put_back_words(self._put_back, copy))
            return
        for told in self._told:
            text, role = outcome_of(told, effects)
            self.texts[told.consumer].say(text, role)
        self._say(f"{plural(len(self._told), 'new event')} committed", "ok")

    def _open_new(self) -> None:
        event_id = self._told[0].event_id
        self.accept()
        self.opened.emit(event_id)

    def _fail(self, error: BaseException) -> None:
        """Nothing is known to be done: let it be tried again, if it was looked at."""
        self._enable(True)
        self._offer()
        self._say(f"Not done: {one_line(str(error))}", "bad")

    def _let_be(self, _error: BaseException) -> None:
        """What came of it stays what was known; the next round asks again."""

    def reject(self) -> None:
        """An event that is being published is waited for."""
        if not self._work.is_under_way:
            super().reject()

    def done(self, result: int) -> None:
        """Nobody listens any more to what is under way."""
        for query in (self._look, self._work, self._follow):
            query.stop()
        super().done(result)

    def _enable(self, on: bool) -> None:
        ticks = [
            self.ticks[one.consumer] for one in (self.seen.prospects if self.seen else ()) if one.may_be_told
        ]
        for part in (self.go, self.meaning, self.why, self.typed, *ticks):
            part.setEnabled(on)

    def _say(self, text: str, role: str) -> None:
        self.said.say(text, role)


def _preview(event_id: str, desk: Desk) -> Preview:
    return desk.republishing.preview(event_id)


def _tell(seen: Preview, consumers: Sequence[str], why: str, desk: Desk) -> list[ToldAgain]:
    return desk.republishing.tell_again(seen, consumers, why=why)


def _put_back(seen: Preview, why: str, desk: Desk) -> int:
    return desk.republishing.put_back(seen, why=why)


def _outcomes(event_id: str, told: Sequence[ToldAgain], desk: Desk) -> Followed:
    events, effects = desk.reading_room.events, {}
    for one in told:
        handlings = {handling.consumer: handling.effect for handling in events.detail(one.event_id).handlings}
        effects[one.consumer] = handlings[one.consumer]
    return effects, events.detail(event_id).copy
