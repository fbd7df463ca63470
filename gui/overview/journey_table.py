"""The table of the newest links' journeys: selectable by mouse and keyboard, each row followed by its link."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QSizePolicy, QTableView

from core.operating.snapshot import Snapshot
from gui.fonts import words
from gui.formatting import moment
from gui.overview.journey_pictures import ROW_HEIGHT, Look, RowPictures
from gui.overview.journey_rows import JourneyRow, journey_rows
from gui.parts.way import is_enter
from gui.row_model import Column, RowModel
from gui.theme import Theme

_STATION_WIDTH, _NARROW_STATION_WIDTH, _TOTAL_WIDTH = 62, 57, 70
#: Less for the link than this, and the time of creation gives its place away: the link's tip tells it.
_LINK_WIDTH = 104
_CREATED = 1
_HEADER = 30
#: The first stations, before the consumers.
_STEPS = ("created", "published")


def _station_text(number: int, row: JourneyRow) -> str:
    return row.stations[number].text if number < len(row.stations) else ""


def _station_spoken(number: int, row: JourneyRow) -> str:
    return row.stations[number].spoken if number < len(row.stations) else ""


def _link_tip(row: JourneyRow) -> str:
    journey = row.journey
    return (
        f"{journey.short_url}\n→ {journey.target_url}\n{journey.team}, created {moment(journey.created_at)}\n"
        f"trace {journey.trace_id}"
    )


def _columns(consumers: Sequence[str]) -> list[Column]:
    stations = [
        Column(
            name,
            partial(_station_text, number),
            partial(_station_spoken, number),
            partial(_station_spoken, number),
        )
        for number, name in enumerate((*_STEPS, *consumers))
    ]
    link = Column(
        "    Link",
        lambda row: row.journey.slug,
        _link_tip,
        lambda row: f"{row.journey.slug}, {_link_tip(row)}",
        align=Qt.AlignmentFlag.AlignLeft,
    )
    total = Column(
        "all five" if len(consumers) == 5 else "all",
        lambda row: row.total,
        lambda row: (
            f"full consistency after {row.total}" if row.consistent else f"{row.total} consumers are done"
        ),
    )
    return [link, *stations, total]


class JourneyTable(QTableView):
    """Shows journeys, newest first; `selected` tells the link that is looked at, whenever that changes."""

    selected = Signal(object)
    #: A journey shall be looked at whole: Enter, or a double click.
    opened = Signal(object)

    def __init__(self, theme: Theme, consumers: Sequence[str]) -> None:
        super().__init__()
        self._consumers = tuple(consumers)
        self._wanted_link: str | None = None
        #: The first link is selected by itself; what comes later is the operator's choice.
        self._has_chosen = False
        self.rows = RowModel(_columns(consumers), key=lambda row: row.link_id, parent=self)
        self._theme = theme
        self._pictures = RowPictures(theme)
        #: Where the columns are; None = to be asked again.
        self._places: tuple[tuple[int, int, int], ...] | None = None
        self.setModel(self.rows)
        self._set_up()
        self._lay_out_columns()
        self.selectionModel().currentRowChanged.connect(self._tell)
        self.doubleClicked.connect(self._open)

    def _set_up(self) -> None:
        self.setAccessibleName("Journeys of the newest links")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.setMinimumHeight(_HEADER + 2 * ROW_HEIGHT)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        header = self.horizontalHeader()
        header.setFont(words(11, words().Weight.Medium))
        header.setAccessibleName("Steps of a journey")
        header.setFixedHeight(_HEADER)
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        header.setMinimumSectionSize(40)
        header.sectionResized.connect(self._forget_places)
        header.geometriesChanged.connect(self._forget_places)

    def _lay_out_columns(self) -> None:
        header = self.horizontalHeader()
        last = self.rows.columnCount() - 1
        for column in range(last + 1):
            header.setSectionResizeMode(
                column, QHeaderView.ResizeMode.Stretch if column == 0 else QHeaderView.ResizeMode.Fixed
            )
        self.setColumnWidth(last, _TOTAL_WIDTH)
        self._fit()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the snapshot's journeys; selection, focus and scroll position stay with their rows."""
        names = tuple(health.name for health in snapshot.consumers)
        if names and names != self._consumers:
            self._consumers = names
            self.rows.set_columns(_columns(names))
            self._lay_out_columns()
        states = {health.name: health.state for health in snapshot.consumers}
        scrolled = self.verticalScrollBar().value()
        rows = journey_rows(snapshot.journeys, states, self.rows.rows)
        self._let_go_of_missing({row.link_id for row in rows})
        on_top = self.rows.apply(rows)
        if scrolled and on_top:
            self.verticalScrollBar().setValue(scrolled + on_top * ROW_HEIGHT)
        self._select_wanted()

    def _let_go_of_missing(self, shown: set[str]) -> None:
        """Clear the selection when its link is no more among the newest; Qt would move it to a neighbour."""
        selected = self.selected_row
        if selected is not None and selected.link_id not in shown:
            self.selectionModel().clear()

    def follow(self, link_id: str) -> None:
        """Select a link, as soon as it is shown."""
        self._wanted_link = link_id
        self._select_wanted()

    def _select_wanted(self) -> None:
        if self._wanted_link is not None:
            row = self.rows.row_of(self._wanted_link)
            if row is None:
                return
            self._wanted_link = None
            self._select(row)
            self.scrollTo(self.rows.index(row, 0))
        elif self.rows.rows and not self._has_chosen:
            self._select(0)

    def _select(self, row: int) -> None:
        self._has_chosen = True
        flag = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(self.rows.index(row, 0), flag.ClearAndSelect | flag.Rows)

    @property
    def selected_row(self) -> JourneyRow | None:
        """The row that is looked at."""
        index = self.currentIndex()
        return self.rows.rows[index.row()] if index.isValid() else None

    def _tell(self) -> None:
        if self.selected_row is not None:
            self.selected.emit(self.selected_row.journey)

    def _open(self) -> None:
        if self.selected_row is not None:
            self.opened.emit(self.selected_row.journey)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if is_enter(event):
            self._open()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Give the stations the room that there is."""
        last = self.rows.columnCount() - 1
        is_narrow = self.viewport().width() - (last - 1) * _STATION_WIDTH - _TOTAL_WIDTH < _LINK_WIDTH
        self.setColumnHidden(_CREATED, is_narrow)
        for column in range(_CREATED, last):
            self.setColumnWidth(column, _NARROW_STATION_WIDTH if is_narrow else _STATION_WIDTH)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the pictures of the rows that are in sight; Qt's own way asks the model and a delegate for each cell."""
        rows, scrolled, current = self.rows.rows, self.verticalScrollBar().value(), self.currentIndex().row()
        top, bottom = event.rect().top() + scrolled, event.rect().bottom() + scrolled
        painter = QPainter(self.viewport())
        looks = self._looks()
        for number in range(top // ROW_HEIGHT, min(len(rows), bottom // ROW_HEIGHT + 1)):
            picture = self._pictures.get(rows[number], looks[number == current])
            painter.drawPixmap(0, number * ROW_HEIGHT - scrolled, picture)
        self._pictures.keep_only(rows)

    def _looks(self) -> tuple[Look, Look]:
        """Give how a row looks that is not selected, and one that is."""
        if self._places is None:
            self._places = tuple(
                (column, self.columnViewportPosition(column), self.columnWidth(column))
                for column in range(self.rows.columnCount())
                if not self.isColumnHidden(column)
            )
        shown = (self._places, self.rows.columnCount(), self.devicePixelRatioF(), self._theme.is_dark)
        return Look(*shown, False, False), Look(*shown, True, self.hasFocus())

    def _forget_places(self) -> None:
        self._places = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
