"""The ledger checked by itself: only if somebody has chosen so, no more often than is cheap, and told where it is red."""

import sqlite3
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from gui.application import Window
from gui.ledger.report import Account, CutOff, Outbox, Report, Streams
from gui.ledger.rounds import LedgerRounds
from gui.main_window import MainWindow, open_preferences
from gui.news import Item
from gui.notifier import want
from gui.pages import PAGES
from tests.gui.pictures import NOW, snapshot

Soon = Callable[[Callable[[], object]], None]


def report(*, ok: bool, seconds: float = 0.2) -> Report:
    """Give a report of one account, from which one event is missing unless it is green."""
    missing = () if ok else ("e1",)
    account = Account(ok, "billing", 9, 9, 0, 0, 0, 0, 0, missing, len(missing), (), 0, (), 0, (), 0, (), 0)
    streams = Streams(
        ok=True, not_checked=None, entries=9, findings=(), findings_count=0, strangers=(), strangers_count=0
    )
    outbox = Outbox(ok=True, findings=(), findings_count=0)
    return Report(ok, CutOff(NOW), (account,), outbox, streams, seconds)


def test_nobody_who_has_not_chosen_so_has_it_checked(light_frame: MainWindow) -> None:
    rounds = light_frame.ledger

    assert (rounds.every_s, rounds.due_s) == (0, None)

    rounds.choose(600)
    assert rounds.due_s is not None
    assert 30 < rounds.due_s < 70
    rounds._take(report(ok=True), b"")
    assert rounds.due_s is not None
    assert 500 < rounds.due_s < 700
    rounds.choose(0)
    assert rounds.due_s is None


def test_a_check_that_takes_long_is_made_less_often(light_frame: MainWindow) -> None:
    rounds = light_frame.ledger
    rounds.choose(600)

    rounds._take(report(ok=True, seconds=60.0), b"")

    assert rounds.due_s is not None
    assert rounds.due_s > 2_900


def test_it_checks_when_its_time_is_and_the_page_shows_that_report(
    light_frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    rounds = light_frame.ledger
    rounds.choose(3_600)
    attached.create_link("https://example.com/")

    rounds._timer.timeout.emit()

    soon(lambda: rounds.report is not None)
    assert rounds.report is not None
    assert (rounds.report.ok, rounds.report.events) == (True, 1)
    assert rounds.due_s is not None
    light_frame.go([place.title for place in PAGES].index("Ledger"))
    page = light_frame.pages.looked_at
    assert getattr(page, "report", None) is rounds.report
    assert "checked every hour" in page.said.whole  # type: ignore[union-attr]


def test_red_is_a_notice_that_leads_to_the_ledger_and_goes_with_the_next_green(
    light_frame: MainWindow,
) -> None:
    banners = light_frame.overview.banners
    light_frame.refresh(snapshot())

    light_frame.ledger._take(report(ok=False), b"")
    light_frame.refresh(snapshot())
    told = banners.texts[0]
    light_frame.ledger._fail("the database is locked")
    light_frame.refresh(snapshot())
    still = banners.texts[0]
    QTest.keyClick(banners._lines[0], Qt.Key.Key_Return)

    assert told.startswith("The ledger is red: billing 1 missing. Checked at ")
    assert still == told
    assert PAGES[light_frame.pages.number].title == "Ledger"
    light_frame.ledger._take(report(ok=True), b"")
    light_frame.go(0)
    light_frame.refresh(snapshot())
    assert not any("ledger" in text for text in banners.texts)


def test_a_check_that_can_not_be_made_proves_nothing_and_is_said(light_frame: MainWindow) -> None:
    light_frame.ledger._take(report(ok=True), b"")
    light_frame.ledger._fail("Database billing: file is not a database")
    light_frame.refresh(snapshot())

    assert light_frame.overview.banners.texts[0].startswith(
        "The ledger could not be checked. Database billing: file is not a database."
    )


def test_a_ledger_that_has_become_red_is_told_to_who_wants_to_know_once(
    opened: Window, desk: Desk, soon: Soon
) -> None:
    told = list[Item]()
    opened.notifier.told.connect(told.append)
    want(opened.frame.kept, True)
    created = desk.create_link("https://example.com/")
    soon(
        lambda: (
            desk.snapshot is not None
            and desk.snapshot.consistency is not None
            and len(desk.snapshot.consistency.times_ms) == 1
        )
    )
    with sqlite3.connect(desk.settings.data_dir / "billing.db") as db:
        db.execute("DELETE FROM inbox WHERE event_id = ?", (created.event_id,))
    db.close()

    reports = list[object]()
    opened.frame.ledger.reported.connect(reports.append)
    for number in (1, 2):
        opened.frame.ledger.ask()
        soon(partial(_has, reports, number))

    assert [item.title for item in told] == ["Ledger red"]
    assert told[0].text.startswith("billing 1 missing")
    soon(lambda: any("The ledger is red" in text for text in opened.frame.overview.banners.texts))


def _has(found: list[object], number: int) -> bool:
    return len(found) == number


def test_the_choice_is_remembered(light_frame: MainWindow, attached: Desk) -> None:
    light_frame.ledger.choose(86_400)

    preferences = open_preferences(attached.settings.data_dir)

    assert preferences.value("ledger/every") == "86400"
    light_frame.kept.put("ledger/every", "7")
    assert isinstance(light_frame.ledger, LedgerRounds)
    assert light_frame.ledger.every_s == 0
