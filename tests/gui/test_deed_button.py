"""The button that helps is pressed once at a time, and not at all where nothing may be changed."""

import threading
from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from gui.page import Tools
from gui.parts.lock import WHY_LOCKED
from gui.targets import Kind, Target
from gui.why.deed_button import DeedButton
from gui.why.deeds import AddEndpoint, Call, Copy, Deed, Go, Said, Step
from tests.support.waiting import PATIENCE_S

Soon = Callable[[Callable[[], object]], None]


class Slow:
    """A call that goes on until it is let go."""

    def __init__(self) -> None:
        self.times, self.go = 0, threading.Event()

    def run(self, _desk: Desk) -> Said:
        self.times += 1
        return Said(self.go.wait(PATIENCE_S), "It is done.")


@pytest.fixture
def slow() -> Iterator[Slow]:
    """Give such a call; it goes on no longer than the test."""
    made = Slow()
    yield made
    made.go.set()


@pytest.fixture
def deed(qtbot: QtBot, tools: Tools) -> DeedButton:
    """Give the button, in sight."""
    made = DeedButton(tools)
    qtbot.addWidget(made)
    made.show()
    return made


def _deed(step: Step) -> Deed:
    return Deed("Help", "Helps at once.", "play", step)


def _stands(deed: DeedButton) -> tuple[bool, str]:
    return deed.act.isEnabled(), deed.act.toolTip()


def test_what_is_being_done_is_not_offered_until_it_is_over(deed: DeedButton, slow: Slow, soon: Soon) -> None:
    deed.show_deed(_deed(Call(slow.run)))
    assert _stands(deed) == (True, "Helps at once.")

    deed.act.click()
    deed.act.click()
    assert _stands(deed) == (False, "It is being done.")
    deed.show_deed(_deed(Call(slow.run)))
    assert _stands(deed) == (False, "It is being done.")

    slow.go.set()
    soon(lambda: deed.said.whole == "It is done.")
    assert _stands(deed) == (True, "Helps at once.")
    assert slow.times == 1


@pytest.mark.parametrize("step", [Call(lambda _desk: Said(True, "")), AddEndpoint()])
def test_what_changes_something_is_not_offered_where_nothing_may_be_changed(
    deed: DeedButton, tools: Tools, step: Step
) -> None:
    tools.bridge.is_read_only = True

    deed.show_deed(_deed(step))
    assert _stands(deed) == (False, WHY_LOCKED)
    deed.show_deed(_deed(step))
    assert _stands(deed) == (False, WHY_LOCKED)


def test_an_outcome_does_not_offer_again_what_may_not_be_changed_any_more(
    deed: DeedButton, tools: Tools, slow: Slow, soon: Soon
) -> None:
    deed.show_deed(_deed(Call(slow.run)))
    deed.act.click()
    tools.bridge.is_read_only = True

    slow.go.set()
    soon(lambda: deed.said.whole == "It is done.")

    assert _stands(deed) == (False, WHY_LOCKED)


@pytest.mark.parametrize("step", [Go(Target(Kind.PAGE, "Ledger")), Copy("main.py worker")])
def test_ways_to_look_are_offered_also_where_nothing_may_be_changed(
    deed: DeedButton, tools: Tools, step: Step
) -> None:
    tools.bridge.is_read_only = True

    deed.show_deed(_deed(step))

    assert _stands(deed) == (True, "Helps at once.")
