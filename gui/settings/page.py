"""The Settings page: what can be chosen here, what was given at the start and how to change it, and the connection test."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from core.operating.desk import Desk
from core.settings import Settings
from gui.fonts import strong
from gui.page import Page, Tools
from gui.parts.controls import named
from gui.parts.facts import Fact, Facts
from gui.parts.layouts import lay_out_page
from gui.parts.page_head import PageHead
from gui.parts.stage import Stage, blank_of
from gui.parts.text import label
from gui.query import Query
from gui.settings.connection_card import ConnectionCard
from gui.settings.given import HOW, Switch, limits, places, switches
from gui.settings.switch_row import SwitchRow
from gui.settings.window_card import WindowCard

#: What is shown of the settings.
Given = tuple[Settings, tuple[Fact, ...]]
_LEFT_WIDTH = 430
_RETRY_MS = 1_000
#: So long may an address be to stand beside its name, in characters: the column is wider than a drawer.
_FITS = 40


class SettingsPage(Page):
    """Reads the settings when it is first shown, and tests the connections then."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._theme = tools.theme
        self.head = PageHead(tools.theme, "Settings")
        self.window_card = WindowCard(tools)
        self.places, self.limits = Facts("Where everything is", fits=_FITS), Facts("Limits")
        self.switch_rows: list[SwitchRow] = []
        self._danger = named(QFrame(), "card")
        self._danger_column = QVBoxLayout(self._danger)
        self.connections = ConnectionCard(tools)
        self.stage = Stage(tools.theme, self._content())
        self.stage.setObjectName("plain")
        self.stage.acted.connect(self.shown)
        self._given: Given | None = None
        self._query: Query[Given] = Query(tools.bridge, self._take, self._fail, self, every_ms=_RETRY_MS)
        lay_out_page(self, self.head, rest=self.stage)

    def _content(self) -> QWidget:
        left = named(QWidget(), "drawerContent")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 10, 0)
        column.setSpacing(12)
        self._danger_column.setContentsMargins(16, 12, 16, 14)
        self._danger_column.setSpacing(14)
        self._danger_column.addWidget(label("Dangerous switches", strong(14)))
        column.addWidget(self.window_card)
        column.addWidget(_card("Where everything is", self.places))
        column.addWidget(self._danger)
        column.addWidget(_card("Limits", self.limits))
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setFixedWidth(_LEFT_WIDTH)
        scroll.setWidget(left)
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(scroll)
        row.addWidget(self.connections, 1)
        return content

    # What the frame asks for

    def shown(self) -> None:
        self.window_card.look()
        if self._given is None:
            self._query.ask(_read)
        elif not self.connections.is_tested:
            self.connections.test()

    def hidden(self) -> None:
        self._query.stop()
        self.connections.stop()

    def focus_content(self) -> None:
        self.window_card.colours.setFocus()

    # Reading

    def _take(self, given: Given) -> None:
        """Settings stay as they are until the next start: one answer is enough."""
        self._query.stop()
        self._given = given
        settings, where = given
        self.head.source.show_text(HOW)
        self.places.show_facts(where)
        self.limits.show_facts(limits(settings))
        for switch in switches(settings):
            self._add(switch)
        self.stage.show_content()
        self.connections.test()

    def _add(self, switch: Switch) -> None:
        row = SwitchRow(self._theme, switch)
        self.switch_rows.append(row)
        self._danger_column.addWidget(row)

    def _fail(self, error: BaseException) -> None:
        self.stage.show_blank(blank_of(error, "The settings"))


def _card(title: str, content: QWidget) -> QFrame:
    card = named(QFrame(), "card")
    column = QVBoxLayout(card)
    column.setContentsMargins(16, 12, 16, 14)
    column.setSpacing(10)
    column.addWidget(label(title, strong(14)))
    column.addWidget(content)
    return card


def _read(desk: Desk) -> Given:
    return desk.settings, places(desk.settings, desk.connections)
