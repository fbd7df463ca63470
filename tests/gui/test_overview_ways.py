"""Whatever the Overview and the status bar show leads to its page, by a click and by the keyboard."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.operating.consistency import Consistency
from core.operating.desk import Desk
from core.operating.snapshot import (
    BrokerHealth,
    BrokerState,
    Cause,
    ConsumerState,
    FaultSet,
    Notice,
    Severity,
)
from gui.links.page import LinksPage
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.targets import Kind, Target
from gui.trace.page import TracePage
from tests.gui.pictures import NAMES, NOW, consumer, entry, journey, snapshot
from tests.gui.settling import settle

RED = Notice(Cause.LEDGER, Severity.BAD, "The ledger is red: billing 1 missing.")
PICTURE = snapshot(
    consumers=tuple(
        consumer(name, ConsumerState.FAILING, parked=2, dead=1) if name == "webhook" else consumer(name)
        for name in NAMES
    ),
    journeys=(journey(2), journey(1)),
    feed=(entry(2), entry(1)),
    feed_newest_id=2,
    notices=(RED,),
    broker=BrokerHealth(BrokerState.DOWN, "embedded", error="gone"),
    consistency=Consistency((20.0, 90.0), 1, NOW - 60, NOW, "a" * 32),
)
TRACE = Target(Kind.TRACE, "0" * 32, "s2")
LINK = Target(Kind.LINK, "l2", "l2")
WEBHOOK = Target(Kind.CONSUMER, "webhook", "webhook")


@pytest.fixture
def shown(light_frame: MainWindow, qtbot: QtBot) -> MainWindow:
    """Give a window that shows a picture with something to click on everywhere."""
    light_frame.overview.wanted.disconnect()
    light_frame.refresh(PICTURE)
    settle()
    return light_frame


Part = Callable[[MainWindow], QWidget]
PARTS: tuple[tuple[str, Part, Target], ...] = (
    ("health", lambda frame: frame.overview.health, WEBHOOK),
    ("card", lambda frame: frame.overview.cards["webhook"], WEBHOOK),
    ("journey", lambda frame: frame.overview.journeys.table, TRACE),
    ("strip", lambda frame: frame.overview.journeys.consistency, Target(Kind.TRACE, "a" * 32, "a" * 32)),
    ("feed", lambda frame: frame.overview.feed.list, LINK),
    ("slug", lambda frame: frame.overview.qr._slug, Target(Kind.LINK, "l2", "s2")),
    (
        "dead",
        lambda frame: frame.overview.cards["webhook"].kept_back,
        Target(Kind.DEAD_LETTERS, "webhook", "webhook"),
    ),
    ("first notice", lambda frame: frame.overview.banners._lines[0], Target(Kind.PAGE, "Settings")),
    ("second notice", lambda frame: frame.overview.banners._lines[1], Target(Kind.PAGE, "Ledger")),
)


def test_enter_leads_from_each_part_to_what_it_shows(shown: MainWindow) -> None:
    asked: list[Target] = []
    shown.overview.wanted.connect(asked.append)

    for name, part, target in PARTS:
        widget = part(shown)
        widget.setFocus()
        if widget is shown.overview.feed.list:
            QTest.keyClick(widget, Qt.Key.Key_Home)
        QTest.keyClick(widget, Qt.Key.Key_Return)

        assert (name, asked.pop()) == (name, target)
        assert asked == []
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.accessibleName()


def test_a_click_leads_there_too(shown: MainWindow) -> None:
    page, asked = shown.overview, list[Target]()
    page.wanted.connect(asked.append)
    left = Qt.MouseButton.LeftButton

    for widget in (page.health, page.cards["webhook"], page.journeys.consistency, page.banners._lines[0]):
        QTest.mouseClick(widget, left)
    QTest.mouseClick(page.feed.list.viewport(), left, pos=QPoint(30, 10))
    kept_back = page.cards["webhook"].kept_back
    QTest.mouseClick(kept_back, left, pos=QPoint(4, 8))
    row = page.journeys.table.visualRect(page.journeys.table.rows.index(0, 0)).center()
    QTest.mouseClick(page.journeys.table.viewport(), left, pos=row)
    QTest.mouseDClick(page.journeys.table.viewport(), left, pos=row)

    assert asked == [
        WEBHOOK,
        WEBHOOK,
        Target(Kind.TRACE, "a" * 32, "a" * 32),
        Target(Kind.PAGE, "Settings"),
        LINK,
        Target(Kind.PARKED, "webhook", "webhook"),
        TRACE,
    ]


def test_a_row_of_the_feed_opens_its_link_and_a_journey_its_trace(
    light_frame: MainWindow, attached: Desk, soon: Callable[[Callable[[], object]], None]
) -> None:
    link = attached.create_link("https://example.com/", slug="spring")
    (way,) = attached.look().journeys
    told = replace(entry(1), link_id=link.link_id)
    light_frame.refresh(snapshot(journeys=(way,), feed=(told,), feed_newest_id=1))

    QTest.mouseClick(light_frame.overview.feed.list.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(30, 10))
    links = light_frame.pages.looked_at
    assert isinstance(links, LinksPage)
    soon(lambda: links.drawer.is_open and links.drawer.title.whole == "spring")
    light_frame.go(0)
    QTest.keyClick(light_frame.overview.journeys.table, Qt.Key.Key_Return)

    trace = light_frame.pages.looked_at
    assert isinstance(trace, TracePage)
    soon(lambda: trace.stage.blank is None)
    assert PAGES[light_frame.pages.number].title == "Trace"


def test_what_is_broken_on_purpose_leads_to_its_consumer_or_to_the_broker(light_frame: MainWindow) -> None:
    asked: list[Target] = []
    light_frame.faults.wanted.disconnect()
    light_frame.faults.wanted.connect(asked.append)
    broker = FaultSet(1, "broker", "freeze", "the broker is frozen", "ann", NOW, None)
    webhook = FaultSet(2, "webhook", "fail", "webhook fails", "ann", NOW, None)

    for faults in ((broker,), (broker, webhook)):
        light_frame.refresh(snapshot(faults=faults))
        QTest.keyClick(light_frame.faults.text, Qt.Key.Key_Return)

    assert asked == [Target(Kind.PAGE, "Settings", "Settings"), WEBHOOK]


def test_an_arrow_goes_from_the_dead_to_the_parked(shown: MainWindow) -> None:
    asked: list[Target] = []
    shown.overview.wanted.connect(asked.append)
    kept_back = shown.overview.cards["webhook"].kept_back

    for key in (Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(kept_back, key)

    assert [target.kind for target in asked] == [Kind.PARKED, Kind.DEAD_LETTERS]


def test_without_trouble_the_sentence_leads_to_all_consumers_and_an_empty_strip_nowhere(
    shown: MainWindow,
) -> None:
    asked: list[Target] = []
    shown.overview.wanted.connect(asked.append)
    shown.refresh(snapshot())

    QTest.keyClick(shown.overview.health, Qt.Key.Key_Return)
    QTest.keyClick(shown.overview.journeys.consistency, Qt.Key.Key_Return)

    assert asked == [Target(Kind.PAGE, "Consumers")]


def test_each_part_of_the_status_bar_leads_to_its_page(light_frame: MainWindow) -> None:
    light_frame.refresh(PICTURE)
    status = light_frame.status

    for part, title in (
        (status.broker, "Settings"),
        (status.worker, "Consumers"),
        (status.database, "Settings"),
        (status.freshness, "Settings"),
    ):
        light_frame.go(0)
        QTest.keyClick(part, Qt.Key.Key_Return)
        assert PAGES[light_frame.pages.number].title == title
        light_frame.go(0)
        QTest.mouseClick(part, Qt.MouseButton.LeftButton)
        assert PAGES[light_frame.pages.number].title == title
