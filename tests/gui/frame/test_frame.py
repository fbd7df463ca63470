"""The frame around the page: themes, names, the feed's chip, and what is remembered."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLineEdit,
    QWidget,
)

from gui.bridge import Bridge
from gui.main_window import MainWindow, kept_choice, open_preferences
from gui.theme import Choice, Theme
from gui.tokens import DARK, LIGHT
from gui.window_place import first_size, within
from tests.gui.pictures import entry, journey, snapshot
from tests.gui.settling import pause, settle


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


@pytest.mark.parametrize(
    ("available", "size"),
    [
        (QSize(1920, 1080), QSize(1280, 800)),
        (QSize(1280, 800), QSize(1280, 760)),
        (QSize(1200, 772), QSize(1200, 732)),
    ],
)
def test_the_first_window_is_all_on_the_screen_with_its_title_bar(available: QSize, size: QSize) -> None:
    assert first_size(available) == size


@pytest.mark.parametrize(
    ("frame", "seen"),
    [
        (QRect(100, 60, 1100, 700), QRect(100, 60, 1100, 700)),
        (QRect(600, 300, 1300, 760), QRect(0, 40, 1280, 760)),
        (QRect(-50, -20, 1100, 700), QRect(0, 27, 1100, 700)),
        (QRect(0, 0, 1920, 1080), QRect(0, 27, 1280, 773)),
    ],
)
def test_a_window_that_does_not_fit_the_screen_any_more_is_brought_onto_it(frame: QRect, seen: QRect) -> None:
    assert within(frame, QRect(0, 27, 1280, 773)) == seen


def test_place_and_size_are_remembered(qapp: QApplication, frame: MainWindow, tmp_path: Path) -> None:
    frame.setGeometry(40, 30, 1120, 720)
    settle()
    frame.close()

    again = MainWindow(Theme(qapp, Choice.LIGHT), Bridge(), (), open_preferences(tmp_path))
    again.show()

    assert again.geometry() == QRect(40, 30, 1120, 720)
    again.close()


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
    settle()
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
    settle()
    watch = Watch()
    cards = list(frame.overview.cards.values())
    parts = [*cards, frame.overview.journeys.table.viewport(), frame.overview.feed.list.viewport()]
    for part in (*parts, *(child for card in cards for child in card.findChildren(QWidget))):
        part.installEventFilter(watch)

    frame.refresh(replace(picture, took_ms=2.0))
    settle()
    pause(100)

    assert painted == []
