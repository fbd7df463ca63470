"""The Ledger page through the real window: green, red with the exact id, cancelled, failed, exported."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QCursor, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from core.operating.snapshot import OutboxBacklog
from gui.application import Window
from gui.ledger.check import LedgerCheck
from gui.ledger.page import LedgerPage
from gui.ledger.report import Account, CutOff, Outbox, Report, Streams, lines, read_report
from gui.main_window import MainWindow
from gui.pages import PAGES
from tests.gui.pictures import NOW, consumer

Soon = Callable[[Callable[[], object]], None]
LEDGER = [place.title for place in PAGES].index("Ledger")


def looked_at(frame: MainWindow) -> LedgerPage:
    """Turn to the Ledger page, and point at nothing of it: no row moves under the pointer."""
    QCursor.setPos(frame.mapToGlobal(QPoint(3, 3)))
    frame.go(LEDGER)
    made = frame.pages.looked_at
    assert isinstance(made, LedgerPage)
    return made


def _verdicts(page: LedgerPage) -> dict[str, str]:
    return {line.name: line.verdict for line in page.table.rows.rows}


def test_what_is_complete_is_green_and_what_is_lost_is_named_to_copy_and_export(
    opened: Window, desk: Desk, tmp_path: Path, soon: Soon
) -> None:
    created = [desk.create_link(f"https://example.com/{number}") for number in range(3)]
    soon(lambda: all(health.lag == 0 for health in (desk.snapshot.consumers if desk.snapshot else ())))
    soon(
        lambda: (
            desk.snapshot is not None and desk.snapshot.journeys and desk.snapshot.journeys[0].consistent_ms
        )
    )

    page = looked_at(opened.frame)
    tester = QAbstractItemModelTester(page.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal)
    soon(lambda: page.report is not None)
    assert page.head.badge.word == "green: 3 events"
    assert _verdicts(page)["billing"] == "all accounted for"
    billing = page.table.rows.rows[2]
    assert (billing.figures, billing.now) == ((3, 3, 0, 0, 0), "0 waiting")
    assert not page.cancel.isVisible()

    _lose_receipt(desk.settings.data_dir / "billing.db", created[1].event_id)
    QTest.mouseClick(page.again, Qt.MouseButton.LeftButton)
    soon(lambda: page.head.badge.word == "red: 3 events")
    assert _verdicts(page)["billing"].startswith("1 missing")
    assert _verdicts(page)["qr"] == "all accounted for"
    assert page.table.rows.rows[0].name == "billing"

    page.table.select("billing")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    assert page.drawer.title.whole == "billing"
    QTest.mouseClick(page.detail.copy, Qt.MouseButton.LeftButton)
    assert created[1].event_id in QGuiApplication.clipboard().text().splitlines()
    page.export_to(str(tmp_path / "ledger.json"))
    exported = json.loads((tmp_path / "ledger.json").read_text())
    assert exported["ok"] is False
    assert exported["consumers"][2]["missing"] == [created[1].event_id]
    assert tester.model() is page.table.rows


def _lose_receipt(file: Path, event_id: str) -> None:
    with sqlite3.connect(file) as db:
        assert db.execute("DELETE FROM inbox WHERE event_id = ?", (event_id,)).rowcount == 1
    db.close()


def test_a_check_can_be_cancelled_and_begun_again(light_frame: MainWindow, soon: Soon) -> None:
    page = looked_at(light_frame)
    soon(lambda: page.check.is_running)
    assert page.cancel.isVisible()
    assert not page.again.isEnabled()

    QTest.mouseClick(page.cancel, Qt.MouseButton.LeftButton)

    soon(lambda: not page.check.is_running)
    assert page.stage.blank is not None
    assert page.stage.blank.title == "Nothing has been checked yet"
    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    soon(lambda: page.head.badge.word == "green: 0 events")
    assert page.head.source.whole.endswith("read just now") or " ago" in page.head.source.whole


def test_a_window_that_closes_ends_its_check(light_frame: MainWindow, soon: Soon) -> None:
    page = looked_at(light_frame)
    soon(lambda: page.check.is_running)

    light_frame.close()
    page.check.start({}, full=False)

    assert not page.check.is_running


def test_a_check_that_fails_says_why(light_frame: MainWindow, attached: Desk, soon: Soon) -> None:
    (attached.settings.data_dir / "billing.db").write_bytes(
        b"no database at all, and long enough to be read as one" * 99
    )

    page = looked_at(light_frame)

    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "The check has failed")
    assert page.stage.blank is not None
    assert (
        page.stage.blank.text
        == "Database billing: file is not a database. Restore a backup: main.py restore FILE."
    )
    assert page.again.isEnabled()


def test_a_program_that_is_not_there_is_no_check(qtbot: QtBot, tmp_path: Path) -> None:
    check = LedgerCheck((str(tmp_path / "nothing"),))

    with qtbot.waitSignal(check.failed, timeout=60_000) as told:
        check.start({}, full=False)

    assert told.args is not None
    assert told.args[0].startswith("The check did not start: ")
    assert not check.is_running


# Words


def _account(**other: object) -> Account:
    fields: dict[str, object] = {"ok": True, "name": "qr", "committed": 9, "applied": 6, "waiting": 3}
    fields |= dict.fromkeys(("parked", "dead", "discarded", "absorbed"), 0)
    for kind in ("missing", "doubled", "out_of_order", "foreign", "findings"):
        fields |= {kind: (), f"{kind}_count": 0}
    return Account(**{**fields, **other})  # type: ignore[arg-type]


def _report(account: Account, **streams: object) -> Report:
    seen = {"ok": True, "not_checked": None, "entries": 9, "findings": (), "findings_count": 0}
    found = Streams(**{**seen, "strangers": (), "strangers_count": 0, **streams})  # type: ignore[arg-type]
    return Report(
        account.ok, CutOff(NOW), (account,), Outbox(ok=True, findings=(), findings_count=0), found, 0.2
    )


def test_every_kind_of_trouble_is_counted_and_named() -> None:
    wrong = _account(
        ok=False, missing=("e1", "e2"), missing_count=1_200, findings=("a hole",), findings_count=1
    )

    line = lines(_report(wrong), {}, None)[0]

    assert line.verdict == "1,200 missing, 1 finding"
    assert [(trouble.kind, trouble.name, trouble.is_event) for trouble in line.troubles] == [
        ("missing", "e1", True),
        ("missing", "e2", True),
        ("finding", "a hole", False),
    ]
    assert line.trouble_count == 1_201


def test_what_is_not_known_now_is_a_question_mark_and_no_zero() -> None:
    unknown, known = (
        lines(
            _report(_account()), {"qr": consumer("qr", lag=lag, dead=None, parked=2)}, OutboxBacklog(4, 1.0)
        )[0].now
        for lag in (None, 3)
    )

    assert unknown == "? waiting, 2 parked, ? dead"
    assert known == "7 waiting, 2 parked, ? dead"
    assert lines(_report(_account()), {}, None)[0].now == "?"


def test_a_broker_that_is_away_proves_nothing_wrong() -> None:
    streams = lines(_report(_account(), not_checked="the broker does not answer"), {}, None)[-1]

    assert streams.word == "not checked"
    assert streams.verdict == "not checked: the broker does not answer"


def test_a_sum_that_does_not_come_out_is_red_without_any_name() -> None:
    assert lines(_report(_account(ok=False)), {}, None)[0].verdict == "the sum does not come out"


def test_what_is_no_report_is_not_taken_for_one() -> None:
    assert read_report(b"") is None
    assert read_report(b'{"ok": true}') is None


def test_a_red_account_is_told_by_sign_and_word_and_to_a_screen_reader(light_frame: MainWindow) -> None:
    page = looked_at(light_frame)
    page._take(_report(_account(ok=False, missing=("e1",), missing_count=1)), b"{}")

    table = QAccessible.queryAccessibleInterface(page.table)
    said = [table.child(number).text(QAccessible.Text.Name) for number in range(table.childCount())]

    sign = page.table.rows.columns[0].picture
    assert sign is not None
    assert sign(page.table.rows.rows[0]) == "circle-x"
    assert {"qr: red", "Committed: 9", "1 missing"} <= set(said)
