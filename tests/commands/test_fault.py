"""The commands on faults: set, list, clear, and what they refuse."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.operating.actor import actor
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
Run = Callable[..., Result]


@pytest.fixture
def run(short_dir: Path) -> Run:
    """Call a command on a data dir of its own."""
    app = build_app(PROGRAM, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--data-dir", str(short_dir), *arguments])
        assert result.exit_code == code, (arguments, result.output, result.exception)
        return result

    return call


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    return lambda *arguments: json.loads(run(*arguments, "--json").stdout)


@pytest.fixture
def attached(short_dir: Path) -> Iterator[Desk]:
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    yield desk
    desk.close()


KINDS: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("latency --ms 200", {"ms": 200.0}, "takes 200 ms longer"),
    ("latency --ms 200 --jitter 50", {"ms": 200.0, "jitter_ms": 50.0}, "takes 200 ± 50 ms longer"),
    ("fail --next 1", {"next": 1}, "rejects the next event"),
    ("fail --next 3 --transient", {"next": 3, "transient": True}, "fails 3 times"),
    ("fail --share 0.1 --poison", {"share": 0.1}, "rejects 10 % of events"),
    ("fail --share 0.25 --transient", {"share": 0.25, "transient": True}, "fails at 25 % of attempts"),
    ("crash", {}, "crashes before the commit"),
    ("crash --before-commit", {}, "crashes before the commit"),
    (
        "crash --after-commit --times 2",
        {"after_commit": True, "times": 2},
        "crashes after the commit (0 of 2 times)",
    ),
    ("hang", {}, "hangs"),
    ("twice", {}, "is given events twice"),
    ("locked", {}, "finds its database locked"),
)


def test_each_kind_is_set_with_its_figures(run_json: Callable[..., Any]) -> None:
    made = [run_json("fault", "set", "billing", *arguments.split()) for arguments, _, _ in KINDS]

    assert [(one["figures"], one["words"]) for one in made] == [
        (figures, f"billing {words}") for _, figures, words in KINDS
    ]
    assert {(one["set_by"], one["ends_at"], one.pop("outcome")) for one in made} == {(actor(), None, None)}
    assert run_json("fault", "list") == made


def test_one_link_is_named_by_its_slug(run_json: Callable[..., Any], attached: Desk) -> None:
    link = attached.create_link("https://example.com/", slug="spring")

    made = run_json("fault", "set", "qr", "fail-link", "Spring", "--transient")

    assert made["words"] == "qr fails at link Spring"
    assert made["figures"] == {"link_id": link.link_id, "link": "Spring", "transient": True}


def test_a_fault_can_end_by_itself(run_json: Callable[..., Any]) -> None:
    made = run_json("fault", "set", "qr", "locked", "--for", "10s")

    (shown,) = run_json("status")["faults"]
    assert (shown["fault_id"], shown["words"]) == (1, "qr finds its database locked")
    assert made["ends_at"] - made["set_at"] == pytest.approx(10)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        ("qr hang --ms 3", 2, "hang takes no --ms"),
        ("qr fail spring --next 3", 2, "fail takes no link"),
        ("qr locked --poison", 2, "locked takes no --transient or --poison"),
        ("qr twice --for never", 2, "'never' is no duration"),
        ("qr melt", 2, "'melt' is not one of"),
        ("qr latency", 1, "Say how slow"),
        ("nobody hang", 1, "There is no 'nobody' to break"),
        ("broker flush", 1, "Nobody runs a desk on this data dir"),
        ("qr fail-link gone", 1, "There is no link 'gone'"),
    ],
)
def test_what_means_nothing_is_refused_and_nothing_is_set(
    run: Run, run_json: Callable[..., Any], arguments: str, code: int, text: str
) -> None:
    result = run("fault", "set", *arguments.split(), code=code)

    assert text in result.stderr
    assert run_json("fault", "list") == []


def test_everything_is_cleared_at_once_or_one_by_one(
    run: Run, run_json: Callable[..., Any], attached: Desk
) -> None:
    for target in ("qr", "billing", "qr", "webhook"):
        run("fault", "set", target, "hang", "--why", "a demonstration")

    def cleared(*what: str) -> list[int]:
        return [fault["id"] for fault in run_json("fault", "clear", *what)["cleared"]]

    assert cleared("2") == [2]
    assert cleared("qr") == [1, 3]
    assert cleared("qr") == []
    run("fault", "set", "dashboard", "twice")
    assert cleared() == [4, 5]
    assert run_json("fault", "list") == []
    assert "There is no fault '2' to clear. There are: none." in run("fault", "clear", "2", code=1).stderr
    acts = [(entry.subject, entry.act, entry.why) for entry in reversed(attached.journal.newest())]
    assert acts[0] == ("qr", "set fault 1: qr hangs", "a demonstration")
    assert acts[4:7] == [
        ("billing", "clear fault 2", ""),
        ("qr", "clear fault 1", ""),
        ("qr", "clear fault 3", ""),
    ]


def test_it_is_said_in_words_how_to_restore_everything(run: Run) -> None:
    assert run("fault", "list").stdout.strip() == "Nothing is broken on purpose."
    said = run("fault", "set", "qr", "hang").stdout.strip()
    listed = run("fault", "list").stdout

    assert said == "fault 1: qr hangs. Restore everything: main.py fault clear"
    assert "qr hangs" in listed
    assert "faults    qr hangs\n" in run("status").stdout
    assert run("fault", "clear").stdout.strip() == "cleared fault 1: qr hangs"
    assert run("fault", "clear").stdout.strip() == "Nothing was broken on purpose."


def test_the_command_waits_until_the_broker_is_broken(
    run: Run, run_json: Callable[..., Any], short_dir: Path
) -> None:
    desk = Desk.open(Settings.load(data_dir=short_dir), program=PROGRAM, run_worker=False)

    made = run_json("fault", "set", "broker", "stop")

    assert made["outcome"] == "fault 1: the broker is stopped"
    assert desk.broker_pid is None
    assert "Fault 1 is set already" in run("fault", "set", "broker", "flush", code=1).stderr
    run("fault", "clear")
    lasting = run("fault", "set", "broker", "flush", "--for", "9s", code=1).stderr
    assert "flush is done once: it can't last for a time." in lasting
    done = run("fault", "set", "broker", "lose-tail", "--bytes", "9").stdout
    assert done.startswith("fault 2: the broker was killed and has lost its last ")
    assert done.endswith(" bytes.\n")
    assert desk.close() == []
