"""The Why? page: a question, the answer that matters most with what helps, and the answers of all consumers.

It asks the same again every other second while it is shown, so that what was done about it is seen.
"""

from functools import partial

from core.operating.desk import Desk
from core.operating.why.explanation import Explanation
from gui.fonts import words
from gui.formatting import plural
from gui.page import KeyWords, Page, Tools
from gui.pages import PAGES
from gui.parts.data_table import DataTable
from gui.parts.layouts import lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import LOADING, Blank, Stage, Why, blank_of
from gui.parts.text import ElidedLabel
from gui.query import Query
from gui.targets import Kind, Target
from gui.tokens import Tone
from gui.why.answer_card import AnswerCard
from gui.why.ask_bar import AskBar
from gui.why.columns import COLUMNS
from gui.why.question import Question, read_question
from gui.why.rows import AnswerRow, rows_of, verdict, worst

_EVERY_MS = 2_000
_SOURCE = "From all databases and the broker"
_NOT_ASKED = Blank(
    Why.EMPTY,
    "Why did it not happen?",
    "Paste a slug, a short URL, or the id of a link, an event or a trace. Each consumer says in one sentence what became "
    "of it, and what helps.",
)


class WhyPage(Page):
    """Asks, and shows what is answered."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._consumers = tools.consumers
        self._question: Question | None = None
        self._explanation: Explanation | None = None
        self.head = PageHead(tools.theme, "Why?")
        self.bar = AskBar(tools.theme, tools.kept, tools.consumers)
        self.card = AnswerCard(tools, [place.title for place in PAGES])
        self.table = DataTable(tools.theme, "Answers", COLUMNS, key=lambda row: row.key)
        self.stage = Stage(tools.theme, self.table)
        self.left_out = ElidedLabel(words(12), "muted")
        self.left_out.hide()
        self._query: Query[Explanation] = Query(
            tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS
        )
        lay_out_page(self, self.head, self.bar, self.card, rest=self.stage, below=(self.left_out,))
        self.bar.asked.connect(self._ask)
        self.stage.acted.connect(self._query.again)
        self.table.looked_at.connect(self._show_answer)
        self.table.opened.connect(self._help)
        self.card.deed.acted.connect(self._query.again)
        self.card.deed.wanted.connect(self._leave)
        self.table.keep(tools.kept, "why")
        self.stage.show_blank(_NOT_ASKED)

    # What the frame asks for

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (KeyWords("Enter", "To the button that helps; once more does it"),)

    def shown(self) -> None:
        self.head.tick(on=True)
        if self._question is not None:
            self._query.ask(partial(_explain, self._question))

    def hidden(self) -> None:
        self.head.tick(on=False)
        self._query.stop()

    def focus_filter(self) -> bool:
        self.bar.focus()
        return True

    def focus_content(self) -> None:
        if self._explanation is not None and self._explanation.events:
            self.stage.focus()
        else:
            self.bar.focus()

    def go_to(self, target: Target) -> None:
        """Ask about this."""
        question = read_question(target.name, self._consumers)
        if question is not None:
            self.bar.ask(question)

    # Asking

    def _ask(self, question: Question) -> None:
        if question != self._question:
            self._question, self._explanation = question, None
            self.card.clear()
            self.left_out.hide()
            self.head.badge.show_state("", Tone.NEUTRAL)
            self.table.show_rows(())
            self.stage.show_blank(LOADING)
        self._query.ask(partial(_explain, question))

    def _take(self, explanation: Explanation) -> None:
        is_first, self._explanation = self._explanation is None, explanation
        self.head.show_source(_SOURCE, self._query.answered_at)
        rows = rows_of(explanation)
        self.table.show_rows(rows)
        if explanation.answer is not None:
            self._show_nothing(explanation)
            return
        state = verdict(rows)
        self.head.badge.show_state(state.word, state.tone)
        self.stage.show_content()
        self._tell_left_out(explanation.left_out)
        first = worst(rows) if is_first else None
        if first is not None:
            self.table.select(first.key)
            self._leave_the_box()
        self._show_answer(self.table.current_row)

    def _leave_the_box(self) -> None:
        """Put the keyboard to the answers, unless somebody has begun to type the next question."""
        asked = "" if self._question is None else self._question.name
        if not self.bar.field.hasFocus() or asked in self.bar.field.text():
            self.stage.focus()

    def _show_nothing(self, explanation: Explanation) -> None:
        """No event was found: the one answer says why."""
        if explanation.answer is not None:
            self.head.badge.show_state(explanation.answer.rung.value, Tone.WARN)
            self.card.show_answer(explanation.asked, explanation.answer)
            self.stage.show_blank(
                Blank(Why.EMPTY, "There is no event to explain", "Look whether the name is right.")
            )

    def _tell_left_out(self, number: int) -> None:
        self.left_out.setVisible(number > 0)
        self.left_out.show_text(f"{plural(number, 'event')} in between left out: ask about one by its id.")

    def _fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; without anything to show, the reason takes its place."""
        if self._explanation is None:
            self.stage.show_blank(blank_of(error, "The answer"))

    # The answer that is looked at

    def _show_answer(self, row: AnswerRow | None) -> None:
        found = self._explanation
        if row is not None and found is not None:
            self.card.show_row(row, found.slug or row.event_id)

    def _help(self, row: AnswerRow) -> None:
        self._show_answer(row)
        self.card.deed.point_out()

    def _leave(self, target: Target) -> None:
        if target.kind is Kind.QUESTION:
            self.go_to(target)
        else:
            self.wanted.emit(target)


def _explain(question: Question, desk: Desk) -> Explanation:
    return desk.why.ask(question.name, question.consumer)
