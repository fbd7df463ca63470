"""A desk at work with a real worker, and real commands that are called on it."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S

_PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
Answer = Callable[..., Any]


@pytest.fixture
def working_desk(short_dir: Path) -> Iterator[Desk]:
    """Give a desk with broker, relay and a worker of its own."""
    opened = Desk.open(Settings.load(data_dir=short_dir), program=_PROGRAM, run_worker=True)
    yield opened
    assert opened.close(deadline_s=PATIENCE_S) == []


@pytest.fixture
def answer(working_desk: Desk) -> Answer:
    """Call a command with --json, and give its answer, or what it said where it gave none; it must end with `code`."""
    app = build_app(_PROGRAM, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)

    def call(*arguments: str, code: int = 0) -> Any:
        named = ["--data-dir", str(working_desk.settings.data_dir), *arguments, "--json"]
        result = CliRunner().invoke(app, named)
        assert result.exit_code == code, (arguments, result.output, result.exception)
        return json.loads(result.stdout) if result.stdout else result.output

    return call
