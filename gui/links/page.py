"""The Links page: a filter, all links that fit it, and all of the one that is opened."""

from functools import partial

from core.operating.links.book import LinkRow
from core.operating.links.roll import MOST_LINKS, LinkQuery, LinkSort, LinkState
from core.operating.snapshot import ConsumerState, Snapshot
from gui.browse_page import Browsed, BrowsePage
from gui.formatting import count, plural
from gui.links.acts import LinkActs
from gui.links.columns import COLUMNS, SORTS
from gui.links.detail import LinkPanel
from gui.links.lines import Line, Listing
from gui.links.reader import LinkReader
from gui.links.reading import News, Offers
from gui.links.switches import ARCHIVE, MOST, RESTORE, Switch
from gui.links.table import LinkTable
from gui.links.words import JOURNEYS, journey_of, journeys
from gui.page import KeyWords, Step, Tools
from gui.parts.drawer import Drawer
from gui.parts.filter_bar import FilterBar
from gui.parts.layouts import beside, lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import LOADING, Blank, Stage, Why, blank_of
from gui.targets import Kind, Target
from gui.tokens import Tone

_SOURCE = "From the links, and the consumers' receipts"
_NOTHING = Blank(
    Why.EMPTY,
    "No links yet",
    "A link is created on the Overview, or by the command line.",
    "Go to the Overview",
)
_NOTHING_LEFT = Blank(Why.FILTERED, "No link fits the filter", "There may be others.", "Show all links")
_TAG, _TEAM, _STATE, _JOURNEY = "Tag", "Team", "State", "Journey"
_KEYS = (
    KeyWords("Enter", "Open the link"),
    KeyWords("c", "Copy the short URLs of the selected links"),
    KeyWords("e", "Edit the link"),
    KeyWords("x", "Export links"),
    KeyWords("a", "Archive the selected links"),
    KeyWords("r", "Restore the selected links"),
    KeyWords("u", "Undo what was done just now"),
)


class LinksPage(BrowsePage):
    """Reads while it is shown; what was read stays while it is not."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.head = PageHead(tools.theme, "Links")
        self.filter = FilterBar(tools.theme, "links")
        for name in (_TAG, _TEAM):
            self.filter.add_choice(name, ())
        self.filter.add_choice(_STATE, [state.value for state in LinkState])
        self.filter.add_choice(_JOURNEY, JOURNEYS)
        self.table = LinkTable(tools.theme)
        self.stage = Stage(tools.theme, self.table)
        self.panel = LinkPanel(tools)
        self.drawer = Drawer(tools.theme, "Link", self.panel, width=380)
        self.split = beside(tools.kept, "links", self.stage, self.drawer)
        self.acts = LinkActs(tools, lambda: self.table.selected_rows, self)
        self.reader = LinkReader(tools, self._ids_wanted, self.table.is_reading)
        self.reader.setParent(self)
        self._newer = 0
        #: The link that was gone to before it was listed; empty = none.
        self._awaited = ""
        self._lay_out()
        self.table.keep(tools.kept, "links")
        self._connect()
        self._connect_keys()
        self.acts.offer(0)
        self.reader.query = self._wanted()

    def _lay_out(self) -> None:
        for part in (self.acts.copy, self.acts.archive, self.acts.restore, self.acts.export):
            self.head.add(part)
        lay_out_page(self, self.head, self.filter, rest=self.split, below=(self.acts.bar,))

    def _connect(self) -> None:
        self.filter.changed.connect(self._ask_anew)
        self.stage.acted.connect(self._help)
        self.reader.listed.connect(self._show_listing)
        self.reader.told.connect(self._show_news)
        self.reader.offered.connect(self._show_offers)
        self.reader.failed.connect(self._fail)
        self.table.sorted_anew.connect(self._ask_anew)
        self.table.chip.clicked.connect(self._catch_up)
        self.table.verticalScrollBar().valueChanged.connect(self.reader.look_soon)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self.table.not_copied.connect(self._tell_not_copied)
        self.panel.wanted.connect(self.wanted)
        self.panel.called.connect(self.drawer.open_with)
        self.panel.edit_wanted.connect(self.acts.ask_to_edit)
        self.panel.switch_wanted.connect(self.acts.switch_one)
        self.acts.changed.connect(self._look_again)
        self.acts.bar.left.connect(self.focus_content)
        self.browse(Browsed(self.head, self.filter, self.table, self.stage, self.drawer, self.panel))

    def _connect_keys(self) -> None:
        for key, call in (
            ("C", self.acts.copy_urls),
            ("E", self._edit),
            ("X", self.acts.ask_to_export),
            ("A", partial(self._switch, ARCHIVE)),
            ("R", partial(self._switch, RESTORE)),
            ("U", self.acts.bar.undo),
        ):
            self.add_key(key, call, repeats=False)

    # What the frame asks for

    @property
    def steps(self) -> tuple[Step, ...]:
        return (self._show_worker,)

    @property
    def keys(self) -> tuple[KeyWords, ...]:
        return _KEYS

    def begin_reading(self) -> None:
        self.reader.resume()

    def end_reading(self) -> None:
        self.reader.rest()

    def ended(self) -> None:
        self.acts.stop()

    def go_to(self, target: Target) -> None:
        """Show all of this link, and its place in the table as soon as it is listed."""
        self._awaited = "" if self.table.select(target.name) else target.name
        if self._awaited:
            # Acts are meant for what is shown now, not for what was selected before.
            self.table.clearSelection()
        self._open_link(target.name, target.called or "Link")

    def step_back(self) -> bool:
        return super().step_back() or self.acts.bar.shut()

    # Reading

    def _wanted(self) -> LinkQuery:
        of, order = self.filter.choice, self.table.rows.order
        return LinkQuery(
            search=self.filter.text,
            tag=of(_TAG) or None,
            team=of(_TEAM) or None,
            state=LinkState(of(_STATE)) if of(_STATE) else None,
            journey=journey_of(of(_JOURNEY)),
            sort=LinkSort.CREATED if order is None else SORTS[COLUMNS[order.column].title],
            descending=order is None or order.descending,
        )

    def _ask_anew(self) -> None:
        """Read which links fit now; what is at the top is what was asked for."""
        self.table.verticalScrollBar().setValue(0)
        self.reader.begin(self._wanted())

    def _catch_up(self) -> None:
        self._show_newer(0)
        self._ask_anew()

    def _look_again(self) -> None:
        self.reader.look_soon()
        if self.drawer.is_open:
            self.panel.go_on()

    def _ids_wanted(self) -> tuple[str, ...]:
        """Give what is to be read: the links in sight, and those that something may be done with."""
        selected = self.table.selected_ids if self.table.selected_count <= MOST else []
        return tuple(dict.fromkeys((*self.table.ids_in_sight(), *selected)))

    # Showing

    def _show_listing(self, listing: Listing) -> None:
        self.table.show_listing(listing)
        self._show_count(listing)
        self._show_newer(0)
        self.acts.query, self.acts.filter_words = listing.roll.query, self.filter.words
        self.acts.offer(self.table.selected_count)
        had_focus = self.stage.hasFocus()
        if listing.roll.link_ids:
            self.stage.show_content()
            self._find_awaited()
        else:
            self.stage.show_blank(_NOTHING_LEFT if self.filter.is_active else _NOTHING)
        if had_focus:
            self.stage.focus()

    def _find_awaited(self) -> None:
        """Select the link that was gone to, unless the operator has gone on since."""
        is_awaited = bool(self._awaited) and self.drawer.is_open
        if is_awaited and not self.table.selectionModel().hasSelection() and self.table.select(self._awaited):
            self._awaited = ""

    def _show_count(self, listing: Listing) -> None:
        links = len(listing.roll.link_ids)
        if listing.is_beginning:
            self.filter.figure.show_text(f"the first {count(links)} of more, reading")
        elif listing.roll.is_cut:
            tip = f"More than {count(MOST_LINKS)} fit: narrow the filter to see the others."
            self.filter.figure.show_text(f"{count(links)} of more", tip)
        else:
            self.filter.figure.show_text(plural(links, "link"))

    def _show_news(self, news: News) -> None:
        self.table.links.learn(news.rows)
        self.acts.offer(self.table.selected_count)
        self.head.show_source(_SOURCE, self.reader.news.answered_at)
        self._show_newer(news.newer)

    def _show_newer(self, newer: int) -> None:
        if newer != self._newer or (newer > 0) != (not self.table.chip.isHidden()):
            self._newer = newer
            self.table.show_unseen(newer)

    def _show_offers(self, offers: Offers) -> None:
        self.filter.offer(_TAG, offers.tags)
        self.filter.offer(_TEAM, offers.teams)
        self.filter.offer(_JOURNEY, journeys(offers.consumers))

    def _show_worker(self, snapshot: Snapshot, _age_s: float) -> None:
        stopped = [each.name for each in snapshot.consumers if each.state is ConsumerState.STOPPED]
        if len(stopped) == len(snapshot.consumers):
            self.head.badge.show_state("no worker", Tone.WARN, "The marks stand still: start a worker.")
        elif stopped:
            self.head.badge.show_state(f"{', '.join(stopped)} stopped", Tone.WARN, "Their marks stand still.")
        else:
            self.head.badge.show_state("followed", Tone.OK, "The consumers' marks follow what happens.")

    def _fail(self, error: BaseException) -> None:
        """What is shown stays, and grows old; without anything to show, the reason takes its place."""
        if not len(self.table.links.lines):
            self.stage.show_blank(blank_of(error, "The list of links"))

    def _help(self) -> None:
        if self.filter.is_active:
            self.filter.clear()
        elif self.stage.blank == _NOTHING:
            self.wanted.emit(Target(Kind.PAGE, "Overview"))
        else:
            self.stage.show_blank(LOADING)
            self._ask_anew()

    def _tell_not_copied(self, unread: int) -> None:
        self.filter.figure.show_text(
            f"not copied: {plural(unread, 'row')} not read yet", "Export the selected links instead (x)."
        )

    # The selection and the detail

    def _selected(self) -> None:
        self.acts.offer(self.table.selected_count)
        self.reader.look_soon()

    def _edit(self) -> None:
        """Edit the link that is looked at."""
        line: Line | None = self.table.current_row
        row: LinkRow | None = self.panel.row if self.drawer.is_open else line.row if line else None
        if row is not None and row.link.archived_at is None:
            self.acts.ask_to_edit(row)

    def _switch(self, switch: Switch) -> None:
        """Archive or restore the selected links, or the one that is open; the drawer may show one that is not listed."""
        row = self.panel.row if self.drawer.is_open and self.table.selected_count < 2 else None
        if row is None:
            self.acts.switch_selected(switch)
        elif switch.takes(row.link):
            self.acts.switch_one(row)
        else:
            self.acts.bar.tell(f"{row.link.slug} is {row.state}.")

    def open_row(self, line: Line) -> None:
        self._awaited = ""
        self._open_link(line.link_id, "Link" if line.row is None else line.row.link.slug)

    def _open_link(self, link_id: str, title: str) -> None:
        """Show a link; until its slug is read it is called by this title."""
        self.panel.show_link(link_id)
        if self.panel.row is not None:
            title = self.panel.row.link.slug
        self.drawer.open_with(title)
