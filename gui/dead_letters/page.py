"""The Dead letters page: a filter, four sections, and the detail of what is opened. No section knows another."""

from functools import partial
from typing import Any

from PySide6.QtWidgets import QScrollArea, QStackedWidget, QWidget

from core.operating.snapshot import Snapshot
from gui.dead_letters.dead_section import DeadSection
from gui.dead_letters.decided_section import DecidedSection
from gui.dead_letters.dialogs import Dialogs
from gui.dead_letters.head_words import TAB_TIPS, badge_of, tab_words
from gui.dead_letters.key_detail import KeyDetail
from gui.dead_letters.letter_detail import LetterDetail
from gui.dead_letters.parked_section import ParkedSection
from gui.dead_letters.policy_section import PolicySection
from gui.dead_letters.reading import Wanted
from gui.dead_letters.rows import Followed, KeyRow, LetterRow
from gui.dead_letters.section import Section, make_tabs
from gui.page import KeyWords, Page, Step, Tools
from gui.parts.drawer import Drawer
from gui.parts.filter_bar import FilterBar
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.query import Query
from gui.targets import Kind, Target

_EVERY_MS = 1_000
_SOURCE = "From the consumers' databases"
_CONSUMER, _CLASS = "Consumer", "Class"
_CLASSES = ("poison", "crash", "operator", "foreign", "transient", "held")
DEAD, PARKED, DECIDED, POLICY = range(4)


class DeadLettersPage(Page):
    """Reads the section that is looked at, once a second, and again only what has changed."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        followed = Followed()
        self.head = PageHead(tools.theme, "Dead letters")
        self.filter = FilterBar(tools.theme, "dead letters")
        self.filter.add_choice(_CONSUMER, tools.consumers)
        self.filter.add_choice(_CLASS, _CLASSES)
        self.tabs = make_tabs()
        self.dead, self.parked = DeadSection(tools, followed), ParkedSection(tools, followed)
        self.decided, self.policy = DecidedSection(tools), PolicySection(tools)
        self.sections: tuple[Section, ...] = (self.dead, self.parked, self.decided, self.policy)
        self.stack = QStackedWidget()
        self.letter, self.key = LetterDetail(tools), KeyDetail(tools)
        self.details = QStackedWidget()
        self.drawer = Drawer(tools.theme, "Detail", self.details)
        self.split = beside(tools.kept, "dead letters", self.stack, self.drawer)
        self.dialogs = Dialogs(tools, followed, self)
        self._query: Query[Any] = Query(tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS)
        self._lay_out()
        self._connect()
        self._connect_acts()
        self._add_keys()

    def _lay_out(self) -> None:
        for section, words in zip(self.sections, tab_words(None), strict=True):
            self.tabs.addTab(words)
            self.stack.addWidget(section)
        for number, tip in enumerate(TAB_TIPS):
            self.tabs.setTabToolTip(number, tip)
        self.details.addWidget(self.letter)
        self.details.addWidget(self.key)
        lay_out_page(self, self.head, self.tabs, self.filter, rest=self.split, gap=10)

    def _connect(self) -> None:
        self.tabs.currentChanged.connect(self._turn)
        self.filter.changed.connect(self._ask_anew)
        self.filter.field.left.connect(self.focus_content)
        self.drawer.left.connect(self._left)
        for section in self.sections:
            section.changed.connect(self._ask)
            section.opened.connect(self._open)
            section.looked_at.connect(self._follow)
            section.stage.acted.connect(self._help)

    def _connect_acts(self) -> None:
        self.dialogs.acted.connect(self._acted)
        self.dead.decided.connect(self.dialogs.decide)
        self.dead.edited.connect(self.dialogs.edit)
        self.letter.decided.connect(self._decide_opened)
        self.key.retried.connect(self._retry_opened)
        self.key.led.connect(self._lead)
        self.policy.wanted.connect(self.dialogs.change_policy)

    def _add_keys(self) -> None:
        for key, call in (
            ("R", partial(self._act, "retry")),
            ("E", partial(self._act, "edit")),
            ("Shift+D", partial(self._act, "discard")),
            ("A", partial(self._act, "retry all")),
            ("N", self._retry_now),
            ("[", partial(self._step, -1)),
            ("]", partial(self._step, 1)),
        ):
            self.add_key(key, call, repeats=False)

    # What the frame asks for

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self._refresh,)

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (
            KeyWords("[  ]", "Section before, section after"),
            KeyWords("r", "Retry the selected ones"),
            KeyWords("a", "Retry all that the filter shows"),
            KeyWords("e", "Edit and republish"),
            KeyWords("n", "Retry waiting links now"),
            KeyWords("D", "Discard the selected ones"),
        )

    def shown(self) -> None:
        self.head.tick(on=True)
        self._ask()
        if self.drawer.is_open:
            self.letter.go_on()

    def hidden(self) -> None:
        self.head.tick(on=False)
        self._query.stop()
        self.letter.rest()

    def focus_filter(self) -> bool:
        if self.filter.isHidden():
            return False
        self.filter.focus()
        return True

    def focus_content(self) -> None:
        self.section.stage.focus()

    def go_to(self, target: Target) -> None:
        """Show what a consumer has dead, or parked."""
        self.filter.clear()
        self.dead.show_every_cause()
        self.tabs.setCurrentIndex(PARKED if target.kind is Kind.PARKED else DEAD)
        if target.name:
            self.filter.choose(_CONSUMER, target.name)

    def step_back(self) -> bool:
        if self.drawer.shut():
            return True
        if self.section is self.dead and self.dead.cause is not None:
            self.dead.show_every_cause()
            return True
        return False

    def _refresh(self, snapshot: Snapshot, _age_s: float) -> None:
        self.dialogs.snapshot = snapshot
        self.head.badge.show_state(*badge_of(snapshot))
        for number, words in enumerate(tab_words(snapshot)):
            if self.tabs.tabText(number) != words:
                self.tabs.setTabText(number, words)
        self.dead.serve(bool(snapshot.workers))
        self.policy.refresh(snapshot)

    # Reading

    @property
    def section(self) -> Section:
        """The section that is looked at."""
        return self.sections[self.stack.currentIndex()]

    def _ask(self) -> None:
        if self.isVisible():
            self._query.ask(self._question())

    def _ask_anew(self) -> None:
        """Read whatever is wanted now, also if nothing has changed."""
        for section in self.sections:
            section.forget()
        self._ask()

    def _question(self) -> Any:
        wanted = Wanted(self.filter.choice(_CONSUMER), self.filter.choice(_CLASS), self.filter.text)
        return self.section.question(wanted)

    def _take(self, answer: Any) -> None:
        self.section.take(answer)
        self._query.change(self._question())
        self.head.show_source(_SOURCE, self._query.answered_at)
        self.filter.show_count(*self.section.figures, self.section.counted)
        self._renew_detail()

    def _fail(self, error: BaseException) -> None:
        self.section.fail(error)

    def _help(self) -> None:
        if self.filter.is_active:
            self.filter.clear()
        else:
            self._ask_anew()

    def _turn(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        self.filter.setVisible(number != POLICY)
        self.drawer.shut()
        self._ask()

    def _step(self, by: int) -> None:
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + by) % self.tabs.count())
        self.focus_content()

    # The detail

    def _open(self, row: Any) -> None:
        if isinstance(row, LetterRow):
            self.letter.show_row(row)
            self._turn_to(self.letter)
            self.drawer.open_with(f"{row.slug} in {row.letter.consumer}")
        elif isinstance(row, KeyRow):
            self.key.show_row(row)
            self._turn_to(self.key)
            self.drawer.open_with(f"{row.slug} waits in {row.key.consumer}")

    def _turn_to(self, detail: QWidget) -> None:
        if self.details.currentWidget() is not detail:
            self.details.setCurrentWidget(detail)
            for scroll in self.drawer.findChildren(QScrollArea):
                scroll.verticalScrollBar().setValue(0)

    def _follow(self, row: Any) -> None:
        """While the drawer is open it shows what is looked at; what has gone stays there to be read."""
        if self.drawer.is_open and row is not None:
            self._open(row)

    def _renew_detail(self) -> None:
        """Show what is open as it is now."""
        shown = self.letter.row if self.details.currentWidget() is self.letter else self.key.row
        if self.drawer.is_open and shown is not None:
            for row in self.section.table.rows.rows:
                if row.name == shown.name and row != shown:
                    self._open(row)

    def _left(self) -> None:
        self.letter.rest()
        self.focus_content()

    # Acts

    def _act(self, act: str) -> None:
        """Do what a key asks for, to what is selected."""
        if self.section is not self.dead:
            return
        if act == "retry all":
            self.dead.decide_all("retry")
        elif act == "edit":
            self.dead.edit_selected()
        else:
            self.dead.decide_selected(act)

    def _retry_now(self) -> None:
        if self.section is self.parked:
            self.parked.retry_selected()

    def _decide_opened(self, act: str) -> None:
        letter = self.letter.letter
        if letter is not None and act == "edit":
            self.dialogs.edit(letter)
        elif letter is not None:
            self.dead.decide_letters(act, [letter])

    def _retry_opened(self) -> None:
        if self.key.row is not None:
            self.parked.retry_rows([self.key.row])

    def _lead(self) -> None:
        """Show the dead letters of the link that is open."""
        row = self.key.row
        if row is not None:
            self.go_to(Target(Kind.DEAD_LETTERS, row.key.consumer))
            self.filter.field.setText(row.key.link_id)

    def _acted(self) -> None:
        """Let the outcomes stay in the table, and follow what becomes of them."""
        self.dead.show_rows()
        self._ask()
