"""The dashboard feed, live and newest first. A reader who has scrolled down is not moved; a chip counts what is new."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.operating.snapshot import FeedEntry, Snapshot
from gui.fonts import code, strong, words
from gui.formatting import clock, count, moment
from gui.icons import copy_icon
from gui.overview.blanks import OPENING, feed_blank
from gui.parts.text import label
from gui.row_model import ROW_ROLE, Column, RowModel
from gui.theme import Theme, colour_of

ROW_HEIGHT = 32
_RIGHT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
_LEFT = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
_ICONS = {
    "LinkCreated": "plus",
    "LinkUpdated": "pencil",
    "LinkArchived": "archive",
    "LinkRestored": "undo-2",
    "LinkClicked": "external-link",
}

Index = QModelIndex | QPersistentModelIndex


def _tip(entry: FeedEntry) -> str:
    return f"{entry.text}\n{entry.event_type}, {entry.team}, {moment(entry.at)}\nevent {entry.event_id}"


def _spoken(entry: FeedEntry) -> str:
    return f"{clock(entry.at)} {entry.text}"


class FeedDelegate(QStyledItemDelegate):
    """One line an entry: what kind, what happened, when."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._what, self._when = words(13), code(11)
        self._metrics = QFontMetrics(self._what)
        self._when_width = QFontMetrics(self._when).horizontalAdvance(clock(0))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry, tokens = index.data(ROW_ROLE), self._theme.tokens
        place: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(place, colour_of(tokens.accent_soft))
        painter.fillRect(place.left(), place.bottom(), place.width(), 1, colour_of(tokens.border))
        kind = entry.event_type.partition(".")[0]
        sign = _ICONS.get(kind, "activity")
        copy_icon(painter, place.left() + 14, place.center().y() - 6, 14, sign, tokens.muted)
        room = place.adjusted(38, 0, -14, 0)
        painter.setFont(self._when)
        painter.setPen(colour_of(tokens.muted))
        painter.drawText(room, _RIGHT, clock(entry.at))
        room.setRight(room.right() - self._when_width - 10)
        painter.setFont(self._what)
        painter.setPen(colour_of(tokens.text))
        cut = self._metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, _LEFT, cut)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(0, ROW_HEIGHT)


class Feed(QFrame):
    """Shows the entries; while the reader is further down, new ones wait behind the chip."""

    #: An entry shall be looked at: a click, or Enter.
    opened = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("card")
        self._snapshot: Snapshot | None = None
        self._seen_id = 0
        self.rows = RowModel(
            [Column("Event", lambda row: row.text, _tip, _spoken)], key=lambda row: row.entry_id, parent=self
        )
        self.list = QListView()
        self._delegate = FeedDelegate(theme)
        self.chip = QPushButton()
        self.chip.setObjectName("chip")
        self.chip.hide()
        self.chip.clicked.connect(self.show_newest)
        self._empty = label(OPENING, words(), "muted")
        self._empty.setWordWrap(True)
        self._empty.setContentsMargins(24, 0, 24, 0)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._set_up_list()
        self._lay_out()

    def _set_up_list(self) -> None:
        self.list.setModel(self.rows)
        self.list.setItemDelegate(self._delegate)
        self.list.setAccessibleName("Feed, newest first")
        self.list.setUniformItemSizes(True)
        self.list.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.list.setMinimumHeight(ROW_HEIGHT)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.list.setCursor(Qt.CursorShape.PointingHandCursor)
        self.list.clicked.connect(self._open)
        self.list.activated.connect(self._open)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(14, 10, 12, 8)
        head.addWidget(label("Feed", strong(14)))
        head.addStretch(1)
        head.addWidget(self.chip)
        body = QWidget()
        self._pile = QStackedLayout(body)
        self._pile.addWidget(self._empty)
        self._pile.addWidget(self.list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(1, 0, 1, 8)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addWidget(body, 1)

    @property
    def is_reading(self) -> bool:
        """Whether the reader has left the newest entry."""
        return self.list.verticalScrollBar().value() > 0

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the newest entries, or count them while somebody reads further down."""
        self._snapshot = snapshot
        if self.is_reading:
            self._count_new()
        else:
            self._take()

    def show_newest(self) -> None:
        """Go to the newest entry."""
        self.list.scrollToTop()
        self._take()
        self.list.setFocus()

    def _take(self) -> None:
        snapshot = self._snapshot
        if snapshot is None:
            return
        self.rows.apply(snapshot.feed)
        self._seen_id = snapshot.feed_newest_id
        self._pile.setCurrentIndex(1 if snapshot.feed else 0)
        if not snapshot.feed:
            self._empty.setText(feed_blank(snapshot))
        self.list.verticalScrollBar().setValue(0)
        self.chip.hide()

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.rows.rows[index.row()])

    def _count_new(self) -> None:
        new = self._snapshot.feed_newest_id - self._seen_id if self._snapshot is not None else 0
        if new > 0:
            self.chip.setText(f"{count(new)} new")
            self.chip.setAccessibleName(f"{count(new)} new entries: go to the newest")
            self.chip.show()

    def _scrolled(self, value: int) -> None:
        if value == 0 and self._snapshot is not None and self._snapshot.feed_newest_id != self._seen_id:
            self._take()
