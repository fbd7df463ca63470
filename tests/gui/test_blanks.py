"""What every page says when it has nothing to show: no desk yet, nothing there, no worker, no broker, nothing readable."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from core.operating.snapshot import BrokerHealth, BrokerState, ConsumerState, Snapshot
from gui.bridge import Bridge
from gui.dead_letters.head_words import badge_of, tab_words
from gui.main_window import MainWindow, open_preferences
from gui.overview.blanks import OPENING, feed_blank, journeys_blank
from gui.page import Page
from gui.pages import PAGES
from gui.parts.stage import NO_DESK, Blank, Stage, Why
from gui.theme import Choice, Theme
from tests.gui.pictures import NAMES, consumer, snapshot

Soon = Callable[[Callable[[], object]], None]
DOWN = BrokerHealth(BrokerState.DOWN, "embedded", error="gone")
#: Pages that show nothing before they are asked something.
ASKED = {"Trace", "Why?"}
#: What each page calls its content when it can't be read.
UNREADABLE = {
    "Links": "The list of links can't be read",
    "Consumers": "The consumers can't be read",
    "Events": "The outbox can't be read",
    "Dead letters": "The dead letters can't be read",
    "Ledger": "The check has failed",
    "Journal": "The journal can't be read",
}


@pytest.fixture
def deskless(qtbot: QtBot, qapp: QApplication, fonts: None, tmp_path: Path) -> Iterator[MainWindow]:
    """Give a frame whose desk is still opening."""
    bridge = Bridge()
    shown = MainWindow(Theme(qapp, Choice.LIGHT), bridge, NAMES, open_preferences(tmp_path))
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    shown.close()
    bridge.close()


def turned_to(frame: MainWindow, title: str) -> Page:
    frame.go([place.title for place in PAGES].index(title))
    page = frame.pages.looked_at
    assert page is not None
    return page


def blank_on(page: Page) -> Blank | None:
    """Give what the page says instead of its content; the first of its stages that is seen."""
    stage = next((stage for stage in page.findChildren(Stage) if stage.isVisible()), None)
    return None if stage is None else stage.blank


def overview_says(frame: MainWindow) -> tuple[str, str]:
    return frame.overview.journeys._empty.text(), frame.overview.feed._empty.text()


def test_without_a_desk_each_page_says_that_it_opens(deskless: MainWindow, soon: Soon) -> None:
    assert overview_says(deskless) == (OPENING, OPENING)

    for place in PAGES[1:]:
        page = turned_to(deskless, place.title)
        if place.title not in ASKED:
            soon(lambda page=page: blank_on(page) == NO_DESK)  # type: ignore[misc]
    events = turned_to(deskless, "Events")
    assert events.head.badge.word != "live"  # type: ignore[attr-defined]
    assert events.bars.filter.figure.whole == ""  # type: ignore[attr-defined]


def test_what_can_not_be_read_is_said_on_each_page_with_the_next_step(
    light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    for file in attached.settings.data_dir.glob("*.db"):
        damage(file)
    picture = attached.look()
    light_frame.refresh(picture)
    journeys, feed = overview_says(light_frame)
    assert journeys.startswith("The links can't be read: ")
    assert feed.startswith("The feed can't be read: ")

    for title, said in UNREADABLE.items():
        page = turned_to(light_frame, title)
        light_frame.refresh(picture)
        soon(lambda page=page, said=said: _title(page) == said)  # type: ignore[misc]
        blank = blank_on(page)
        assert blank is not None
        assert (blank.why, bool(blank.text), bool(blank.act)) == (Why.ERROR, True, True)
    head = turned_to(light_frame, "Dead letters").head.badge.word  # type: ignore[attr-defined]
    assert head == "count unknown"


def damage(file: Path) -> None:
    """Overwrite a database, also for those who have it open: nothing of it may be left in its log."""
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    file.write_bytes(b"no database at all, and long enough to be read as one" * 99)


def _title(page: Page) -> str:
    blank = blank_on(page)
    return "" if blank is None else blank.title


def test_an_empty_data_dir_without_a_worker_says_what_comes_next_on_each_page(
    light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    picture = attached.look()
    light_frame.refresh(picture)
    assert "No links yet: enter an address above." in overview_says(light_frame)[0]
    assert "main.py worker" in overview_says(light_frame)[0]
    assert "main.py worker" in overview_says(light_frame)[1]

    for title, said in (
        ("Links", "No links yet"),
        ("Events", "No events yet"),
        ("Dead letters", "Nothing is dead, and no worker runs"),
        ("Journal", "Nobody has done anything yet"),
    ):
        page = turned_to(light_frame, title)
        light_frame.refresh(picture)
        soon(lambda page=page, said=said: _title(page) == said)  # type: ignore[misc]
    consumers = turned_to(light_frame, "Consumers")
    light_frame.refresh(picture)
    assert blank_on(consumers) is None or blank_on(consumers) != NO_DESK


# Words


def stopped(**other: object) -> Snapshot:
    """Give a picture without any worker."""
    return snapshot(
        consumers=tuple(consumer(name, ConsumerState.STOPPED, workers=()) for name in NAMES), **other
    )


def test_a_link_that_is_created_now_is_told_what_it_will_wait_for() -> None:
    assert "appears here" in journeys_blank(snapshot())
    assert "start one with main.py worker" in journeys_blank(stopped())
    assert "outbox until the broker is ready" in journeys_blank(snapshot(broker=DOWN))


def test_an_empty_feed_says_what_is_in_the_way_of_its_consumer() -> None:
    def with_writer(state: ConsumerState, **other: object) -> Snapshot:
        return snapshot(consumers=(consumer("dashboard", state, **other),))

    assert feed_blank(snapshot()).startswith("Nothing has happened yet.")
    assert "no worker runs" in feed_blank(stopped())
    assert "paused" in feed_blank(with_writer(ConsumerState.PAUSED))
    assert "can't be read now" in feed_blank(with_writer(ConsumerState.RUNNING, lag=None))
    assert "no consumer called dashboard" in feed_blank(snapshot(consumers=(consumer("qr"),)))
    assert feed_blank(snapshot(database_error="locked")).startswith("The feed can't be read: locked")


def test_dead_letters_that_can_not_be_counted_are_not_none() -> None:
    unreadable = snapshot(database_error="locked")

    assert badge_of(unreadable)[0] == "count unknown"
    assert tab_words(unreadable)[:2] == ("Dead ?", "Parked ?")
    assert badge_of(snapshot(consumers=()))[0] == "count unknown"
    assert badge_of(snapshot())[0] == "nothing dead"
