"""The command why prints a sentence for each event and consumer, and a command line to copy that works."""

import json
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.commands.app import build_app
from core.operating.why.answer import Rung
from tests.support.asking import PROGRAM
from tests.support.operated import Place, operated

Run = Callable[..., Result]


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    """Give an installation on which nothing runs."""
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def run(place: Place) -> Run:
    """Call a command without a terminal."""
    app = build_app(PROGRAM, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
    data_dir = str(place.desk.settings.data_dir)

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--data-dir", data_dir, *arguments])
        assert result.exit_code == code, (arguments, result.output, result.exception)
        return result

    return call


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    return lambda *arguments, code=0: json.loads(run(*arguments, "--json", code=code).stdout)


def test_each_consumer_gets_its_sentence_and_what_helps(run: Run, place: Place) -> None:
    event = place.created("abc")
    place.stores["billing"].bury(event)

    lines = run("why", "abc").stdout.splitlines()

    assert lines[0].startswith(f"LinkCreated.v1 {event.event_id} of abc, committed ")
    assert lines[0].endswith(f"position {event.partition}/{event.position}")
    answers = [line for line in lines[1:] if not line.startswith("    ->")]
    assert [line.split(":")[0].strip() for line in answers] == list(PROGRAM.consumers)
    assert "  analytics: nothing runs. It is committed, but nothing runs on this data dir" in lines[1]
    assert lines[2] == "    -> main.py worker"
    assert f"    -> main.py dead retry billing {event.partition}/{event.position}" in lines


def test_json_has_the_rung_the_sentence_and_the_act(run_json: Callable[..., Any], place: Place) -> None:
    event = place.created("abc")
    place.stores["billing"].bury(event, error="ValueError: whsec_c2VjcmV0c2VjcmV0")

    answer = run_json("why", event.event_id, "--consumer", "billing")

    assert (answer["kind"], answer["slug"], answer["left_out"], answer["answer"]) == ("event", "abc", 0, None)
    (one,) = answer["events"]
    assert (one["event_id"], one["partition"], one["position"]) == (
        event.event_id,
        event.partition,
        event.position,
    )
    assert list(one["consumers"]) == ["billing"]
    billing = one["consumers"]["billing"]
    assert (billing["rung"], billing["standing"]) == ("dead", "stuck")
    assert billing["sentence"].endswith("whsec_***")
    assert billing["act"]["arguments"] == {
        "consumer": "billing",
        "place": f"{event.partition}/{event.position}",
    }


def test_a_name_of_nothing_is_answered_with_an_exit_code(run: Run, run_json: Callable[..., Any]) -> None:
    assert run("why", "nothing", code=1).stdout.startswith("nothing: never committed. Nothing of this name")
    assert run_json("why", "nothing", code=1)["answer"]["rung"] == Rung.NEVER_COMMITTED
    assert "There is no consumer 'nobody'" in run("why", "nothing", "--consumer", "nobody", code=1).stderr


def test_a_terminals_codes_don_t_get_out(run: Run, place: Place) -> None:
    place.stores["billing"].bury(place.created("abc"), error="ValueError: \x1b[31m[bold]no")

    shown = run("why", "abc", "--consumer", "billing").stdout

    assert "\x1b" not in shown
    assert "[bold]no" in shown


@pytest.mark.parametrize("extra", [("--dry-run",), ("--yes",)])
def test_the_command_line_that_is_offered_can_be_given(
    run: Run, run_json: Callable[..., Any], place: Place, extra: tuple[str, ...]
) -> None:
    place.stores["billing"].bury(place.created("abc"))
    (one,) = run_json("why", "abc", "--consumer", "billing")["events"]

    program, *words = shlex.split(one["consumers"]["billing"]["act"]["command"])

    assert program == "main.py"
    assert "retry" in run(*words, *extra).stdout
