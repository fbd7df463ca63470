"""The parts that pages share: questions to the desk, the dialog before an act, facts, blanks."""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QWidget
from pytestqt.qtbot import QtBot

from core.errors import SignalboxError, StoreUnavailable
from core.operating.desk import Desk
from gui.bridge import Bridge
from gui.fonts import strong
from gui.kept import Kept
from gui.main_window import open_preferences
from gui.page import Tools
from gui.parts.act_dialog import ActDialog, Plan, Result
from gui.parts.facts import Fact, Facts
from gui.parts.stage import NO_DESK, Why, blank_of
from gui.parts.text import ElidedLabel
from gui.query import NoDesk, Query
from gui.theme import Choice, Theme
from tests.gui.pictures import NAMES

Soon = Callable[[Callable[[], object]], None]


@pytest.fixture
def tools(qapp: QApplication, fonts: None, attached: Desk, tmp_path: Path) -> Iterator[Tools]:
    """Give what a page is given, over a desk that only commands."""
    bridge = Bridge()
    bridge.use(attached)
    yield Tools(Theme(qapp, Choice.LIGHT), bridge, Kept(open_preferences(tmp_path)), NAMES)
    bridge.close()


class Asker(QObject):
    """Notes the answers to its questions."""

    def __init__(self, bridge: Bridge, every_ms: int = 0) -> None:
        super().__init__()
        self.answers: list[object] = []
        self.errors: list[BaseException] = []
        self.query: Query[object] = Query(
            bridge, self.answers.append, self.errors.append, self, every_ms=every_ms
        )


# Questions


def _raise(error: BaseException) -> None:
    raise error


def test_an_answer_never_comes_before_the_asking_has_returned(tools: Tools, soon: Soon) -> None:
    told: list[str] = []

    for number in range(50):
        assert tools.bridge.run(lambda _desk: None, lambda _: told.append("answer"), _raise)
        told.append(f"asked {number}")

    assert "answer" not in told
    soon(lambda: told.count("answer") == 50)


def test_long_readings_hold_up_no_command(tools: Tools, soon: Soon) -> None:
    gate, told = threading.Event(), list[int]()

    for _ in range(8):
        assert tools.bridge.read(lambda _desk: gate.wait(20), lambda _: None, _raise)
    tools.bridge.run(lambda desk: desk.pause("qr", by="ann"), told.append, _raise)

    soon(lambda: told == [1])
    gate.set()


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


def test_only_the_newest_question_is_answered_and_never_two_are_under_way(tools: Tools, soon: Soon) -> None:
    asker, gate, under_way, most = Asker(tools.bridge), threading.Event(), [], []

    def slow(answer: int, _desk: Desk) -> int:
        under_way.append(answer)
        most.append(len(under_way))
        gate.wait(5)
        under_way.remove(answer)
        return answer

    for number in range(4):
        asker.query.ask(partial(slow, number))
    gate.set()
    soon(lambda: asker.answers)
    soon(lambda: not asker.query.is_under_way)

    assert asker.answers == [3]
    assert max(most) == 1


def test_a_question_is_asked_again_until_it_is_stopped(tools: Tools, soon: Soon) -> None:
    asker, calls = Asker(tools.bridge, every_ms=250), []

    def count(_desk: Desk) -> int:
        calls.append(1)
        return len(calls)

    asker.query.ask(count)
    soon(lambda: len(asker.answers) >= 2)
    asker.query.stop()
    soon(lambda: not asker.query.is_under_way)
    answered, asked = len(asker.answers), len(calls)
    QTest.qWait(300)

    assert (len(asker.answers), len(calls)) == (answered, asked)


def test_a_question_is_asked_no_more_often_than_the_operator_wants(tools: Tools, soon: Soon) -> None:
    asked: list[float] = []
    query: Query[None] = Query(tools.bridge, lambda _: None, lambda _: None, tools.theme, every_ms=250)

    query.ask(lambda _: asked.append(1))
    assert query._timer.interval() == 250
    tools.bridge.set_refresh_hz(1)
    soon(lambda: query._timer.interval() == 1_000)
    tools.bridge.set_refresh_hz(4)
    query.again()

    assert query._timer.interval() == 250
    query.stop()


def test_what_fails_is_told_and_asked_again(tools: Tools, soon: Soon) -> None:
    asker, calls = Asker(tools.bridge, every_ms=250), []

    def fail_once(_desk: Desk) -> str:
        calls.append(1)
        if len(calls) == 1:
            raise StoreUnavailable("Database control: locked")
        return "read"

    asker.query.ask(fail_once)

    soon(lambda: asker.answers == ["read"])
    assert [str(error) for error in asker.errors] == ["Database control: locked"]
    asker.query.stop()


def test_without_a_desk_that_is_said_and_no_answer_is_waited_for(qapp: QApplication) -> None:
    bridge = Bridge()
    asker = Asker(bridge)

    asker.query.ask(lambda desk: desk.snapshot)

    assert isinstance(asker.errors[0], NoDesk)
    assert not asker.query.is_under_way
    bridge.close()


# Blanks and facts


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
    qtbot.wait(20)

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
