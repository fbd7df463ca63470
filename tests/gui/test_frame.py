"""The frame around the page: themes, names, the feed's chip, places with little room, and what is remembered."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, Qt
from PySide6.QtGui import QHelpEvent, QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QToolTip,
    QWidget,
)
from pytestqt.qtbot import QtBot

from core.operating.snapshot import (
    BrokerHealth,
    BrokerState,
    Cause,
    ConsumerState,
    FaultSet,
    Notice,
    OutboxBacklog,
    Severity,
)
from gui.bridge import Bridge
from gui.main_window import MainWindow, kept_choice, open_preferences
from gui.parts.text import ElidedLabel
from gui.theme import Choice, Theme
from gui.tokens import DARK, LIGHT
from tests.gui.pictures import NAMES, NOW, consumer, entry, journey, snapshot


@pytest.fixture
def frame(qtbot: QtBot, qapp: QApplication, fonts: None, tmp_path: Path) -> Iterator[MainWindow]:
    """Give a frame that no desk stands behind yet; it is shown pictures by hand."""
    bridge = Bridge()
    shown = MainWindow(Theme(qapp, Choice.LIGHT), bridge, NAMES, open_preferences(tmp_path))
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    bridge.close()


def _shade(image: QImage, place: QPoint) -> int:
    return image.pixelColor(place).lightness()


def test_before_the_desk_is_open_everything_is_unknown_and_nothing_can_be_sent(frame: MainWindow) -> None:
    page = frame.overview

    assert page.health.word == "opening the desk"
    assert [card.badge.word for card in page.cards.values()] == ["unknown"] * 5
    assert not page.create_bar.button.isEnabled()
    assert not any(card.button.act.isEnabled() for card in page.cards.values())


def test_the_choice_of_colours_is_painted_at_once_and_remembered(frame: MainWindow, tmp_path: Path) -> None:
    corner = QPoint(400, frame.overview.height() - 3)
    light = _shade(frame.overview.grab().toImage(), corner)

    frame.rail.choice.setCurrentIndex(frame.rail.choice.findData(Choice.DARK))

    assert light > 200
    assert _shade(frame.overview.grab().toImage(), corner) < 60
    assert kept_choice(open_preferences(tmp_path)) is Choice.DARK


def test_a_system_that_says_nothing_is_light(qapp: QApplication) -> None:
    theme = Theme(qapp, Choice.DARK)
    assert theme.tokens is DARK

    theme.choose(Choice.SYSTEM)

    unknown = qapp.styleHints().colorScheme() is not Qt.ColorScheme.Dark
    assert theme.tokens is (LIGHT if unknown else DARK)


def test_every_control_has_a_name(frame: MainWindow) -> None:
    frame.refresh(snapshot(journeys=(journey(1),), feed=(entry(1),), feed_newest_id=1))

    kinds = (QAbstractButton, QLineEdit, QComboBox, QAbstractItemView)
    nameless = [
        widget
        for widget in frame.findChildren(QWidget)
        if isinstance(widget, kinds) and widget.isVisible() and not widget.accessibleName()
        if not widget.objectName().startswith("qt_")
    ]

    assert nameless == []


def test_tab_goes_from_field_to_field_and_on_to_the_cards(frame: MainWindow) -> None:
    frame.show_ready()
    frame.overview.create_bar.url.setFocus()
    visited = []

    for _ in range(6):
        focused = frame.focusWidget()
        assert focused is not None
        visited.append(focused.accessibleName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)

    assert visited[:4] == [
        "Address to shorten",
        "Slug, optional",
        "Tags, separated by commas, optional",
        "Team",
    ]


def test_the_models_hold_in_use(frame: MainWindow) -> None:
    page = frame.overview
    mode = QAbstractItemModelTester.FailureReportingMode.Fatal
    testers = [QAbstractItemModelTester(model, mode) for model in (page.journeys.table.rows, page.feed.rows)]

    for newest in range(1, 30):
        numbers = range(newest, max(0, newest - 12), -1)
        frame.refresh(
            snapshot(
                journeys=tuple(journey(n, ms=None if n == newest else 20.0) for n in numbers),
                feed=tuple(entry(n) for n in numbers),
                feed_newest_id=newest,
            )
        )

    assert page.journeys.table.rows.rowCount() == 12
    assert len(testers) == 2


def test_a_reader_who_has_scrolled_is_told_how_many_entries_are_new(frame: MainWindow) -> None:
    feed = frame.overview.feed
    frame.refresh(snapshot(feed=tuple(entry(n) for n in range(60, 0, -1)), feed_newest_id=60))
    QTest.qWait(20)
    feed.list.verticalScrollBar().setValue(200)
    read = feed.list.indexAt(QPoint(20, 20)).data()

    frame.refresh(snapshot(feed=tuple(entry(n) for n in range(72, 0, -1)), feed_newest_id=72))

    assert feed.chip.isVisible()
    assert feed.chip.text() == "12 new"
    assert feed.list.verticalScrollBar().value() == 200
    assert feed.list.indexAt(QPoint(20, 20)).data() == read
    QTest.mouseClick(feed.chip, Qt.MouseButton.LeftButton)
    assert not feed.chip.isVisible()
    assert feed.list.indexAt(QPoint(20, 5)).data() == "s72 created"


def test_a_link_that_is_no_longer_among_the_newest_leaves_no_other_selected(frame: MainWindow) -> None:
    table = frame.overview.journeys.table
    frame.refresh(snapshot(journeys=(journey(2), journey(1))))
    assert [index.row() for index in table.selectionModel().selectedRows()] == [0]

    frame.refresh(snapshot(journeys=(journey(4), journey(3))))

    assert table.selected_row is None
    assert frame.overview.qr.url.text().endswith("/s2")


def test_a_refresh_without_news_paints_nothing(frame: MainWindow) -> None:
    painted: list[QWidget] = []

    class Watch(QWidget):
        def eventFilter(self, watched: QWidget, event: QEvent) -> bool:  # type: ignore[override]  # noqa: N802
            if event.type() == QEvent.Type.Paint:
                painted.append(watched)
            return False

    picture = snapshot(journeys=(journey(1),), feed=(entry(1),), feed_newest_id=1)
    frame.refresh(picture)
    QTest.qWait(150)
    watch = Watch()
    cards = list(frame.overview.cards.values())
    parts = [*cards, frame.overview.journeys.table.viewport(), frame.overview.feed.list.viewport()]
    for part in (*parts, *(child for card in cards for child in card.findChildren(QWidget))):
        part.installEventFilter(watch)

    frame.refresh(replace(picture, took_ms=2.0))
    QTest.qWait(100)

    assert painted == []


def test_nothing_is_cut_without_a_tooltip_that_tells_it(frame: MainWindow) -> None:
    error = "OSError: no space left on device while writing objects/qr/01/a2/01a20875-ba73.png"
    failing = consumer(
        "qr", ConsumerState.FAILING, lag=1_234_567, in_flight=1_000, rate_out=39_123.0, error=error
    )
    frame.refresh(snapshot(consumers=tuple(failing if name == "qr" else consumer(name) for name in NAMES)))
    card = frame.overview.cards["qr"]
    QTest.qWait(20)

    assert card.error.isVisible()
    assert card.error.toolTip().startswith(error)
    assert "1,234,567" in card.figures.accessibleName()
    assert "1,234,567" in card.accessibleDescription()


def test_nothing_moves_on_a_card_when_something_is_kept_back_or_wrong(frame: MainWindow) -> None:
    card = frame.overview.cards["qr"]

    def places() -> list[QRect]:
        QTest.qWait(20)
        return [part.geometry() for part in (card, card.figures, card.kept_back, card.line, card.button)]

    frame.refresh(snapshot())
    before = places()
    full = consumer("qr", ConsumerState.FAILING, parked=12_345, dead=67_890, error="trouble")
    frame.refresh(snapshot(consumers=tuple(full if name == "qr" else consumer(name) for name in NAMES)))

    assert card.kept_back.text == "12.3k parked, 67.9k dead"
    assert places() == before


def test_figures_of_six_digits_are_not_cut_at_the_smallest(frame: MainWindow) -> None:
    frame.resize(frame.minimumSize())
    much = tuple(
        consumer(name, lag=888_888, in_flight=88_888, rate_out=88_888.0, parked=888_888, dead=888_888)
        for name in NAMES
    )
    frame.refresh(snapshot(consumers=much))
    QTest.qWait(20)

    for card in frame.overview.cards.values():
        card.figures.grab()
        assert 0 < card.figures.right <= card.figures.width()
        assert "888,888" in card.figures.accessibleName()


def test_each_count_on_a_card_has_its_own_tip(frame: MainWindow) -> None:
    full = consumer("qr", parked=2, dead=1)
    frame.refresh(snapshot(consumers=tuple(full if name == "qr" else consumer(name) for name in NAMES)))
    shown = frame.overview.cards["qr"].kept_back
    QTest.qWait(20)

    tips = []
    for x in (5, shown.width() - 5):
        place = QPoint(x, 8)
        QApplication.sendEvent(shown, QHelpEvent(QEvent.Type.ToolTip, place, shown.mapToGlobal(place)))
        tips.append(QToolTip.text())

    assert "main.py parked list --consumer qr" in tips[0]
    assert "main.py dead list --consumer qr" in tips[1]


def test_a_broker_that_is_down_is_a_banner_and_goes_again(frame: MainWindow) -> None:
    down = BrokerHealth(BrokerState.DOWN, "embedded", error="The broker does not answer.")

    frame.refresh(snapshot(broker=down, outbox=OutboxBacklog(12, 3.0), taken_at=NOW))
    shown = frame.overview.banners.texts
    frame.refresh(snapshot())

    assert any(text.startswith("Broker is down: links are still created; 12 events wait.") for text in shown)
    assert not any("Broker" in text for text in frame.overview.banners.texts)


def test_everything_fits_at_its_smallest_with_all_troubles_at_once(frame: MainWindow) -> None:
    frame.resize(frame.minimumSize())
    frame.refresh(
        snapshot(
            broker=BrokerHealth(BrokerState.DOWN, "embedded", error="gone"),
            own_worker="died (exit code 1), starting again in 5 s",
            consumers=tuple(consumer(name, ConsumerState.FAILING, error="trouble") for name in NAMES),
            journeys=(journey(1),),
            faults=(FaultSet(1, "qr", "fail", "qr fails", "ann", NOW, None),),
        )
    )
    QTest.qWait(50)

    page = frame.overview
    bottom = 0
    for part in (page.banners, page.create_bar, next(iter(page.cards.values())), page.journeys):
        top = part.mapTo(page, QPoint(0, 0)).y()
        assert top >= bottom, part
        bottom = top + part.height()
    qr, feed = page.qr, page.feed
    assert qr.mapTo(page, QPoint(0, qr.height())).y() <= feed.mapTo(page, QPoint(0, 0)).y()
    for low in (page.journeys, page.feed):
        assert low.mapTo(page, QPoint(0, low.height())).y() <= page.height()
    assert qr.url.mapTo(qr, QPoint(0, qr.url.height())).y() <= qr.height()
    table = page.journeys.table
    last = table.rows.columnCount() - 1
    assert table.columnViewportPosition(last) + table.columnWidth(last) <= table.viewport().width()
    assert all(label.width() > 0 for label in page.findChildren(QLabel) if label.isVisible() and label.text())


def test_a_banner_tells_what_to_do_and_how_many_more_there_are(frame: MainWindow) -> None:
    low = Notice(
        Cause.DISK_LOW, Severity.WARN, "The disk is getting full.", "900 MiB are free.", "Free some."
    )
    down = BrokerHealth(BrokerState.DOWN, "embedded", error="gone")
    troubles = {"broker": down, "notices": (low,), "own_worker": "died (exit code 1), starting again in 5 s"}

    frame.refresh(snapshot(**troubles))
    told = [label.whole for label in frame.overview.banners.findChildren(ElidedLabel) if label.isVisible()]
    frame.refresh(snapshot(notices=(low,)))
    told_alone = [
        label.whole for label in frame.overview.banners.findChildren(ElidedLabel) if label.isVisible()
    ]

    assert told[0] == "Broker is down: links are still created."
    assert told[-1] == "and 1 more"
    assert told_alone == ["The disk is getting full.", "Free some. 900 MiB are free."]
