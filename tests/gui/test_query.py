"""Questions to the desk: answered in the window's thread, one at a time, the newest one only."""

import threading
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from core.errors import StoreUnavailable
from core.operating.desk import Desk
from gui.bridge import Bridge
from gui.page import Tools
from gui.query import NoDesk, Query
from tests.gui.settling import pause
from tests.support.waiting import PATIENCE_S

Soon = Callable[[Callable[[], object]], None]


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
        assert tools.bridge.read(lambda _desk: gate.wait(PATIENCE_S), lambda _: None, _raise)
    tools.bridge.run(lambda desk: desk.pause("qr", by="ann"), told.append, _raise)

    soon(lambda: told == [1])
    gate.set()


def test_only_the_newest_question_is_answered_and_never_two_are_under_way(tools: Tools, soon: Soon) -> None:
    asker, gate, under_way, most = Asker(tools.bridge), threading.Event(), [], []

    def slow(answer: int, _desk: Desk) -> int:
        under_way.append(answer)
        most.append(len(under_way))
        gate.wait(PATIENCE_S)
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
    pause(300)

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
