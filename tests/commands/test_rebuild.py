"""The command rebuild: everything again from the first event on, and a typed confirmation where that can't be taken back."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.operating.program import Program
from tests.support.exactly_once import assert_exactly_once, query, rows
from tests.support.programs import MAIN

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
Run = Callable[..., Result]


@pytest.fixture
def run(short_dir: Path) -> Run:
    """Call a command on a data dir of its own, which nobody runs."""
    app = build_app(PROGRAM, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--data-dir", str(short_dir), *arguments])
        assert result.exit_code == code, (arguments, result.output, result.exception)
        return result

    return call


def test_a_consumer_that_has_counted_wrong_counts_right_again(run: Run, short_dir: Path) -> None:
    run("create", "https://example.com/a", "https://example.com/b")
    with rows(short_dir, "billing") as db:
        db.execute("UPDATE usage SET links = 99")
        db.commit()

    answer = json.loads(run("rebuild", "billing", "--confirm", "billing", "--json").stdout)

    assert answer["begun"] is True
    assert query(short_dir, "billing", "SELECT links FROM usage") == [(2,)]
    assert assert_exactly_once(short_dir) == 2
    assert query(short_dir, "control", "SELECT act, subject FROM journal") == [("rebuild", "billing")]


@pytest.mark.parametrize("name", ["webhook", "billing"])
def test_what_can_not_be_taken_back_is_not_done_without_its_name(
    run: Run, short_dir: Path, name: str
) -> None:
    run("create", "https://example.com/a")
    before = query(short_dir, name, "SELECT * FROM inbox")

    refused = run("rebuild", name, "--confirm", "yes", code=2)

    assert f"--confirm {name}" in refused.stderr
    assert query(short_dir, name, "SELECT * FROM inbox") == before
    assert query(short_dir, "control", "SELECT count(*) FROM requests") == [(0,)]


def test_a_consumer_that_does_not_exist_is_named(run: Run) -> None:
    assert "There are: analytics" in run("rebuild", "nothing", code=1).stderr
