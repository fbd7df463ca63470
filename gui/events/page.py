"""The Events page: the newest events or those around one, as they come, filtered, and all of the one that is opened."""

from core.errors import InvalidInput, NotFound
from gui.browse_page import Browsed, BrowsePage
from gui.events.bars import EventBars
from gui.events.detail import EventPanel
from gui.events.dialogs import EventDialogs
from gui.events.event_table import EventTable
from gui.events.lines import Line
from gui.events.live import live_state
from gui.events.reader import EventReader
from gui.events.search_bar import search_words
from gui.events.wanted import Wanted, is_time
from gui.formatting import one_line
from gui.icons import icon
from gui.page import KeyWords, Tools
from gui.parts.controls import button
from gui.parts.drawer import Drawer
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import LOADING, Blank, Stage, Why, blank_of
from gui.parts.table_cells import ROW_HEIGHT
from gui.targets import Kind, Target

_SOURCE = "From the outbox"
_NOTHING = Blank(
    Why.EMPTY,
    "No events yet",
    "Each link that is created, edited or clicked is an event.",
    "Go to the Overview",
)
_NOTHING_LEFT = Blank(Why.FILTERED, "No event fits the filter", "There may be others.", "Show all events")
#: So many rows before the first one, newer ones are asked for.
_NEAR = 20


class EventsPage(BrowsePage):
    """Reads while it is shown; what was read stays while it is not."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.head = PageHead(tools.theme, "Events")
        self.live = button(tools.theme, "Freeze", "pause", name="Freeze (f)")
        self.take_away = button(tools.theme, "Export", "download", name="Export events to a file (e)")
        self.bars = EventBars(tools.theme)
        self.table = EventTable(tools.theme, key=lambda line: line.row)
        self.stage = Stage(tools.theme, self.table)
        self.panel = EventPanel(tools)
        self.drawer = Drawer(tools.theme, "Event", self.panel)
        self.split = beside(tools.kept, "events", self.stage, self.drawer)
        self.reader = EventReader(tools, self.table.is_reading, self._in_sight)
        self.reader.setParent(self)
        self.dialogs = EventDialogs(tools, self)
        self._lay_out()
        self._connect()
        self._connect_keys()
        self.table.keep(tools.kept, "events")

    def _lay_out(self) -> None:
        self.head.add(self.live)
        self.head.add(self.take_away)
        lay_out_page(self, self.head, self.bars, rest=self.split)

    def _connect(self) -> None:
        self.reader.lines_changed.connect(self._show_lines)
        self.reader.state_changed.connect(self._show_state)
        self.reader.landed.connect(self._point_at)
        self.reader.failed.connect(self._fail)
        self.reader.not_landed.connect(self.bars.complain)
        self.bars.changed.connect(self._ask_anew)
        self.bars.jumped.connect(self._jump)
        self.bars.left.connect(self.focus_content)
        self.bars.search.go_on.connect(self.reader.look_on)
        self.bars.search.stop.connect(self.reader.stop_looking)
        self.live.clicked.connect(self._turn_live)
        self.take_away.clicked.connect(self._ask_to_export)
        self.stage.acted.connect(self._help)
        self.table.near_end.connect(self.reader.read_older)
        self.table.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.table.chip.clicked.connect(self._catch_up)
        self.panel.narrowed.connect(self.bars.filter.field.setText)
        self.panel.wanted.connect(self.wanted)
        self.panel.export_wanted.connect(self.dialogs.export_one)
        self.panel.republish_wanted.connect(self.dialogs.publish_again)
        self.dialogs.wanted.connect(self._show_other)
        self.browse(Browsed(self.head, self.bars.filter, self.table, self.stage, self.drawer, self.panel))

    def _connect_keys(self) -> None:
        for key, call in (
            ("F", self._turn_live),
            ("T", self.bars.jump.focus),
            ("E", self._ask_to_export),
            ("C", self.panel.copies.copy_object),
            ("I", self.panel.copies.copy_id),
            ("P", self.panel.copies.copy_payload),
            ("S", self._export_opened),
            ("Shift+R", self._republish_opened),
        ):
            self.add_key(key, call, repeats=False)

    # What the frame asks for

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return (
            KeyWords("f", "Freeze, or follow what comes"),
            KeyWords("t", "Go to a time, a place or an id"),
            KeyWords("c", "Copy the opened event as JSON"),
            KeyWords("i", "Copy its id"),
            KeyWords("p", "Copy its payload"),
            KeyWords("s", "Export it to a file"),
            KeyWords("R", "Publish it again"),
            KeyWords("e", "Export what fits the filter"),
        )

    def begin_reading(self) -> None:
        self.reader.resume()

    def end_reading(self) -> None:
        self.reader.rest()
        self.dialogs.stop()

    def go_to(self, target: Target) -> None:
        """Show all of this event, among those around it."""
        self._jump(target.name)
        self._open_event(target.name)

    # Reading

    def _ask_anew(self) -> None:
        self.bars.complain(None)
        self.reader.begin(self.bars.wanted)

    def _jump(self, to: str) -> None:
        """Go to a time within the filter, to an id or a place among all events."""
        self.bars.complain(None)
        self.reader.land(self.bars.wanted if is_time(to) else Wanted(), to)

    def _point_at(self, row: int) -> None:
        """Look at this event, or at the one that is nearest to it."""
        if self.reader.wanted == Wanted():
            self.bars.want_everything()
        lines = self.reader.window.lines
        if lines:
            self.table.select(min(lines, key=lambda line: abs(line.row - row)).row)
            self.table.scrollTo(self.table.currentIndex(), self.table.ScrollHint.PositionAtCenter)
            self.stage.focus()

    def _in_sight(self) -> list[Line]:
        lines = self.table.rows.rows
        first, last = self.table.rowAt(0), self.table.rowAt(self.table.viewport().height() - 1)
        return [] if first < 0 else list(lines[first : len(lines) if last < 0 else last + 1])

    def _scrolled(self, value: int) -> None:
        if value < _NEAR * ROW_HEIGHT:
            self.reader.read_newer()

    def _turn_live(self) -> None:
        if self.reader.is_frozen:
            self._catch_up()
        else:
            self.reader.freeze()

    def _catch_up(self) -> None:
        self.reader.catch_up()
        self.table.scrollToTop()

    # Showing

    def _show_lines(self, in_place: bool) -> None:
        lines = self.reader.window.lines
        self.panel.payload.mark(self.reader.wanted.text)
        self.table.show_rows(lines, in_place=in_place)
        if lines:
            self.stage.show_content()
        if lines and self.stage.hasFocus():
            self.stage.focus()
        self._show_state()

    def _show_state(self) -> None:
        reader = self.reader
        self.head.show_source(_SOURCE, reader.tail.answered_at or reader.pieces.answered_at)
        state = live_state(
            is_frozen=reader.is_frozen,
            has_newest=reader.window.has_newest and reader.has_begun,
            waiting=reader.waiting,
        )
        self.head.badge.show_state(state.word, state.tone, state.tip)
        self._show_way(is_live=not reader.is_frozen)
        self.table.show_unseen(reader.waiting)
        self.bars.show_state(reader)
        if not reader.window.lines and reader.has_begun:
            self.stage.show_blank(self._blank())

    def _show_way(self, *, is_live: bool) -> None:
        text = "Freeze" if is_live else "Go live"
        if self.live.text() != text:
            self.live.setText(text)
            self.live.setAccessibleName(f"{text} (f)")
            self.live.setIcon(icon(self._tools.theme, "pause" if is_live else "play"))

    def _blank(self) -> Blank:
        reader = self.reader
        if reader.is_looking:
            return LOADING
        if not reader.window.has_oldest:
            said = search_words(reader.search, 0, is_looking=False, is_end=False)
            return Blank(Why.FILTERED, "Nothing found so far", said, "Look further")
        return _NOTHING if reader.wanted == Wanted() else _NOTHING_LEFT

    def _fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; a filter that there can't be says so."""
        if isinstance(error, InvalidInput | NotFound):
            self.table.show_rows(())
            text = one_line(str(error))
            self.stage.show_blank(Blank(Why.FILTERED, "This can't be filtered by", text, "Show all events"))
        elif not self.table.rows.rows:
            self.stage.show_blank(blank_of(error, "The outbox"))

    def _help(self) -> None:
        reader = self.reader
        if self.stage.blank == _NOTHING:
            self.wanted.emit(Target(Kind.PAGE, "Overview"))
        elif reader.has_begun and reader.wanted.needs_looking and not reader.window.has_oldest:
            reader.look_on()
        elif self.bars.filter.is_active:
            self.bars.filter.clear()
        else:
            self._ask_anew()

    # The detail

    def open_row(self, line: Line) -> None:
        self._open_event(line.event_id)

    def _open_event(self, event_id: str) -> None:
        self.panel.show_event(event_id)
        self.drawer.open_with("Event")

    # Taking away, and publishing again

    def _ask_to_export(self) -> None:
        self.dialogs.export_all(self.bars.wanted)

    def _export_opened(self) -> None:
        self.dialogs.export_one(self._opened_id)

    def _republish_opened(self) -> None:
        if not self._tools.bridge.is_read_only:
            self.dialogs.publish_again(self._opened_id)

    def _show_other(self, event_id: str) -> None:
        self.go_to(Target(Kind.EVENT, event_id))

    @property
    def _opened_id(self) -> str:
        """The event in the drawer, or else the one that is looked at; empty = there is none."""
        if self.drawer.is_open:
            return self.panel.event_id
        line = self.table.current_row
        return "" if line is None else line.event_id
