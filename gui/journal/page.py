"""The Journal page: a filter, the acts newest first, and the detail of the one that is opened."""

from functools import partial

from core.operating.desk import Desk
from core.operating.journal.entries import JournalEntry, JournalFilter, JournalPage
from core.operating.links.history import LinkAct
from gui.browse_page import Browsed, BrowsePage
from gui.formatting import plural
from gui.journal.acts import kind_of
from gui.journal.columns import COLUMNS
from gui.journal.detail import ActDetail
from gui.page import KeyWords, Tools
from gui.parts.data_table import DataTable
from gui.parts.drawer import Drawer
from gui.parts.filter_bar import FilterBar
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import Blank, Stage, Why, blank_of
from gui.query import Query
from gui.targets import Target

#: What is another one after each act.
State = tuple[float, ...]

_EVERY_MS = 1_000
#: Acts read at first, and more each time the end comes in sight; never more than the last.
_FIRST, _MOST = 200, 5_000
_SOURCE = "From the journal and the links' history"
_NOTHING = Blank(
    Why.EMPTY,
    "Nobody has done anything yet",
    "Links, pauses, faults, retries and all other acts are told here, from this window and from the command line.",
)
_ONLY_CREATIONS = Blank(
    Why.FILTERED,
    "Nobody has done anything but create links",
    "Creations are told here when they are chosen as the act, or searched for.",
    "Show creations",
)
_NOTHING_LEFT = Blank(Why.FILTERED, "No act fits the filter", "There are others.", "Show all acts")
_WHO, _ACT, _SUBJECT = "Operator", "Act", "Subject"
_CREATE = LinkAct.CREATE.value


class ActsPage(BrowsePage):
    """Reads the newest acts while it is shown; again only when there are new ones."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.head = PageHead(tools.theme, "Journal")
        self.filter = FilterBar(tools.theme, "acts")
        for name in (_WHO, _ACT, _SUBJECT):
            self.filter.add_choice(name, ())
        self.table = DataTable(tools.theme, "Acts", COLUMNS, key=lambda entry: entry.key)
        self.stage = Stage(tools.theme, self.table)
        self.detail = ActDetail(tools)
        self.drawer = Drawer(tools.theme, "Act", self.detail)
        self.split = beside(tools.kept, "journal", self.stage, self.drawer)
        self._count = _FIRST
        #: The state of the journal that is shown; None = none is.
        self._state: State | None = None
        self._matching = 0
        self._seen: dict[str, set[str]] = {_WHO: set(), _ACT: {_CREATE}, _SUBJECT: set()}
        self._query: Query[tuple[State, JournalPage | None]] = Query(
            tools.bridge, self._take, self._fail, self, every_ms=_EVERY_MS
        )
        lay_out_page(self, self.head, self.filter, rest=self.split)
        self._connect()
        self.table.keep(tools.kept, "journal")

    def _connect(self) -> None:
        self.filter.changed.connect(self._ask_anew)
        self.stage.acted.connect(self._help)
        self.table.near_end.connect(self._ask_for_more)
        self.browse(Browsed(self.head, self.filter, self.table, self.stage, self.drawer, self.detail))
        self.add_key("U", self._undo, repeats=False)

    # What the frame asks for

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (KeyWords("Enter", "Open the act, with its undo"), KeyWords("u", "Undo the act that is open"))

    def begin_reading(self) -> None:
        self._ask()

    def end_reading(self) -> None:
        self._query.stop()

    def go_to(self, target: Target) -> None:
        """Show the acts on this subject."""
        self.filter.clear()
        self.filter.choose(_SUBJECT, target.name)

    # Reading

    def _wanted(self) -> JournalFilter:
        """Give what the filter says; creations of links would bury all other acts, unless somebody looks for them."""
        of, text = self.filter.choice, self.filter.text
        creations = of(_ACT) == _CREATE or bool(of(_SUBJECT) or text)
        return JournalFilter(of(_WHO), of(_ACT), of(_SUBJECT), text, creations)

    def _ask(self) -> None:
        self._query.ask(partial(_read, self._count, self._wanted(), self._state))

    def _ask_anew(self) -> None:
        """Read whatever is wanted now, also if nobody has done anything since."""
        self._state, self._count = None, _FIRST
        self._ask()

    def _ask_for_more(self) -> None:
        if len(self.table.rows.rows) == self._count < min(self._matching, _MOST):
            self._state, self._count = None, min(_MOST, self._count + _FIRST)
            self._ask()

    def _take(self, answer: tuple[State, JournalPage | None]) -> None:
        state, page = answer
        self.head.show_source(_SOURCE, self._query.answered_at)
        if page is None:
            return
        self._state, self._matching = state, page.matching
        self._ask_next()
        self._offer(page.entries)
        self.table.show_rows(page.entries)
        self._show_count(page)
        if page.entries:
            self.stage.show_content()
        elif page.left_out and not page.total:
            self.stage.show_blank(_ONLY_CREATIONS)
        else:
            self.stage.show_blank(_NOTHING_LEFT if page.total else _NOTHING)

    def _show_count(self, page: JournalPage) -> None:
        self.filter.show_count(page.matching, page.total)
        if page.left_out:
            tip = (
                f'Creations of links are shown when the act "{_CREATE}" is chosen, or by a text or a subject.'
            )
            said = f"{self.filter.figure.whole}, without {plural(page.left_out, 'creation')} of links"
            self.filter.figure.show_text(said, tip)

    def _ask_next(self) -> None:
        """Let the next round only look whether there is anything new."""
        self._query.change(partial(_read, self._count, self._wanted(), self._state))

    def _fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; without anything to show, the reason takes its place."""
        if not self.table.rows.rows:
            self.stage.show_blank(blank_of(error, "The journal"))

    def _offer(self, entries: tuple[JournalEntry, ...]) -> None:
        for entry in entries:
            self._seen[_WHO].add(entry.by)
            self._seen[_ACT].add(kind_of(entry.act))
            if entry.link_id is None:  # Slugs are too many to choose from; the text finds them.
                self._seen[_SUBJECT].add(entry.subject)
        for name, seen in self._seen.items():
            self.filter.offer(name, sorted(seen))

    def _help(self) -> None:
        if self.stage.blank == _ONLY_CREATIONS:
            self.filter.clear()
            self.filter.choose(_ACT, _CREATE)
        elif self.filter.is_active:
            self.filter.clear()
        else:
            self._ask_anew()

    # The detail

    def open_row(self, entry: JournalEntry) -> None:
        self.detail.show_entry(entry)
        self.drawer.open_with(entry.name[0].upper() + entry.name[1:])

    def _undo(self) -> None:
        if self.drawer.is_open:
            self.detail.undo.click()


def _read(
    count: int, wanted: JournalFilter, known: State | None, desk: Desk
) -> tuple[State, JournalPage | None]:
    """Read the acts that are wanted, unless the state of the journal is known."""
    state = desk.journal.state()
    return state, None if state == known else desk.journal.page(count, wanted)
