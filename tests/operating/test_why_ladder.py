"""The ladder's decisions, from made-up facts: each rung with its sentence and the one act that helps."""

from pathlib import Path
from typing import Any

import pytest

from core.consuming.faults import FaultKind
from core.operating.why.answer import Rung, Standing
from core.operating.why.facts import Facts
from core.operating.why.ladder import decide
from tests.support.why_cases_ahead import AHEAD, FOLLOWED
from tests.support.why_cases_behind import SETTLED, UPSTREAM
from tests.support.why_facts import LETTER, PAUSE, RECEIPT, facts, fault

CASES = [*UPSTREAM, *SETTLED, *AHEAD, *FOLLOWED]
FACTS = [case[1] for case in CASES]


@pytest.mark.parametrize(("rung", "found", "words", "command"), CASES)
def test_the_first_broken_rung_is_the_answer(
    rung: Rung, found: Facts, words: str, command: str | None
) -> None:
    answer = decide(found)

    assert answer.rung is rung
    assert words in answer.sentence
    assert (None if answer.act is None else answer.act.command) == command


def test_every_rung_is_decided_by_some_facts() -> None:
    # A name of which there is no event has no facts: see the tests of the questions.
    assert {case[0] for case in CASES} == set(Rung) - {Rung.NEVER_COMMITTED}


def test_every_rung_is_made_for_real_by_some_test() -> None:
    names = ("upstream", "settled", "waiting", "followings")
    made = "".join(
        (Path(__file__).parent / f"test_why_{name}.py").read_text(encoding="utf-8") for name in names
    )

    assert [rung for rung in Rung if f"Rung.{rung.name}" not in made] == []


def test_whoever_is_stuck_is_offered_an_act_and_what_is_done_asks_for_none() -> None:
    without = {
        answer.rung for answer in map(decide, FACTS) if answer.standing is Standing.STUCK and not answer.act
    }
    with_act = {
        answer.rung for answer in map(decide, FACTS) if answer.standing is Standing.DONE and answer.act
    }

    # Nobody can have a delivery sent again; the other two go on as soon as somebody has the partition or the key.
    assert without == {Rung.EXHAUSTED, Rung.NO_LEADER, Rung.HELD}
    assert with_act == set()


@pytest.mark.parametrize(
    "changes",
    [
        {"pause": PAUSE},
        {"alive": ()},
        {"faults": (fault(FaultKind.HANG),)},
        {"group": None},
        {"progress": None},
    ],
)
def test_a_receipt_is_the_truth_whatever_else_is_broken(changes: dict[str, Any]) -> None:
    broken_around = {"relay_error": "x", "broker_error": "x", "standstill": "x", "is_run": False}

    assert decide(facts({}, None, broken_around, receipt=RECEIPT, **changes)).rung is Rung.APPLIED


def test_the_answer_names_its_act_for_the_window_and_for_the_command_line() -> None:
    answer = decide(facts(letter=LETTER)).to_json()

    assert (answer["rung"], answer["standing"]) == ("dead", "stuck")
    assert answer["act"] == {
        "name": "retry dead letter",
        "arguments": {"consumer": "qr", "place": "2/5"},
        "command": "main.py dead retry qr 2/5",
    }
