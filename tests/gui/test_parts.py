"""The parts that pages share: questions to the desk, the dialog before an act, facts, blanks."""

from collections.abc import Callable, Sequence
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.errors import SignalboxError, StoreUnavailable
from core.operating.desk import Desk
from gui.fonts import strong
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result
from gui.parts.facts import Fact, Facts
from gui.parts.stage import NO_DESK, Why, blank_of
from gui.parts.text import ElidedLabel
from gui.query import NoDesk
from tests.gui.settling import settle

Soon = Callable[[Callable[[], object]], None]


def test_a_line_that_is_as_long_as_the_last_one_gets_the_room_that_it_needs(
    qtbot: QtBot, fonts: None
) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    title, rest = ElidedLabel(strong(15)), QLabel("rest")
    row = QHBoxLayout(place)
    row.addWidget(title)
    row.addWidget(rest, 1)
    title.show_text("iiiiiiiii")
    place.resize(600, 40)
    place.show()

    title.show_text("mmmmmmmmm")

    qtbot.waitUntil(lambda: title.width() >= title.sizeHint().width())
    assert title.toolTip() == ""


def test_a_blank_tells_what_can_not_be_read_and_why() -> None:
    broken = blank_of(StoreUnavailable("Database control:\n locked"), "The journal")

    assert (broken.why, broken.title, broken.text, broken.act) == (
        Why.ERROR,
        "The journal can't be read",
        "Database control: locked",
        "Try again",
    )
    assert blank_of(NoDesk("closed"), "The journal") is NO_DESK


def test_what_fits_beside_its_name_has_no_line_of_its_own() -> None:
    fact = Fact("Short URLs", "http://signalbox.localhost:8787", is_code=True)

    assert (fact.is_long(30), fact.is_long(40)) == (True, False)
    assert not Fact("Note", "x" * 60).is_long(40)


def test_an_id_is_seen_whole_in_a_narrow_place_and_what_is_longer_makes_it_no_wider(
    qtbot: QtBot, qapp: QApplication, fonts: None
) -> None:
    facts = Facts("All that is known")
    qtbot.addWidget(facts)
    event_id, url = "01a2098a-880b-75e7-aeae-393f5beb383e", f"https://example.com/{'x' * 200}"
    facts.show_facts(
        (
            Fact("Name", "short", is_code=True),
            Fact("Event id", event_id, is_code=True),
            Fact("Target", url, is_code=True),
        )
    )
    facts.resize(304, 300)
    facts.show()
    settle()

    shown = next(part for part in facts.findChildren(QLabel) if part.text() == event_id)
    assert shown.fontMetrics().horizontalAdvance(event_id) <= shown.width()
    assert facts.minimumSizeHint().width() <= 304
    assert facts.texts["Event id"] == event_id
    long = next(part for part in facts.findChildren(QLabel) if part.text() == url)
    assert long.toolTip() == url

    facts.show_facts(
        (Fact("Name", "short", is_code=True), Fact("Event id", None, is_code=True), Fact("Target", "x"))
    )
    assert facts.texts == {"Name": "short", "Event id": "unknown", "Target": "x"}


def test_an_unknown_fact_is_called_unknown(qtbot: QtBot, qapp: QApplication) -> None:
    facts = Facts("Things")
    qtbot.addWidget(facts)

    facts.show_facts([Fact("Owner", None), Fact("Lag", "0")])
    assert facts.texts == {"Owner": "unknown", "Lag": "0"}
    facts.show_facts([Fact("Owner", "w1"), Fact("Lag", "0")])

    assert facts.texts == {"Owner": "w1", "Lag": "0"}


# The dialog before an act


def _pause_all(names: Sequence[str], desk: Desk) -> list[Result]:
    outcomes = []
    for name in names:
        try:
            outcomes.append(Result(name, True, f"paused as version {desk.pause(name, by='ann')}"))
        except SignalboxError as error:
            outcomes.append(Result(name, False, str(error)))
    return outcomes


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    """Give a window for dialogs to be above."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


def _dialog(parent: QWidget, tools: Tools, names: Sequence[str], word: str = "") -> ActDialog:
    plan = Plan(
        f"Pause {len(names)} consumers?", "They stop reading.", ('Filter: text "q"',), "Pause", word=word
    )
    dialog = ActDialog(tools, plan, partial(_pause_all, names), parent)
    dialog.open()
    return dialog


def test_enter_confirms_a_safe_act_and_each_outcome_stays(
    parent: QWidget, tools: Tools, attached: Desk, soon: Soon
) -> None:
    dialog = _dialog(parent, tools, ["qr", "nobody"])

    QTest.keyClick(dialog, Qt.Key.Key_Return)
    soon(dialog.results.isVisible)

    assert dialog.said.text() == "1 done, 1 failed"
    assert [(row.name, row.ok) for row in dialog.results.rows.rows] == [("qr", True), ("nobody", False)]
    assert "There is no consumer 'nobody'" in dialog.results.rows.rows[1].text
    assert dialog.leave.text() == "Close"
    assert not dialog.go.isVisible()
    assert dialog.leave.y() >= dialog.results.y() + dialog.results.height()
    assert [entry.subject for entry in attached.journal.newest()] == ["qr"]


def test_what_can_not_be_undone_wants_its_word_first(
    parent: QWidget, tools: Tools, attached: Desk, soon: Soon
) -> None:
    dialog = _dialog(parent, tools, ["qr"], word="qr")
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Type qr first: this can't be undone."

    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert attached.journal.newest() == []
    QTest.keyClicks(dialog.typed, "qr")
    assert dialog.go.isEnabled()
    QTest.keyClick(dialog.typed, Qt.Key.Key_Return)

    soon(lambda: dialog.said.text() == "1 done")


def test_escape_does_nothing_but_close(parent: QWidget, tools: Tools, attached: Desk) -> None:
    dialog = _dialog(parent, tools, ["qr"])

    QTest.keyClick(dialog, Qt.Key.Key_Escape)

    assert not dialog.isVisible()
    assert attached.journal.newest() == []
