"""The guides show no command and no option that the program has not; README names every command there is."""

import re
import shlex
import sys

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.operating.program import Program
from tests.support.programs import MAIN, ROOT

_GUIDES = ("README.md", "docs/operating.md", "docs/faults.md", "docs/complaints.md", "docs/benchmarks.md")
_SHOWN = re.compile(r"main\.py ([a-z][^`\n|#]*)")
_ROW = re.compile(r"^\| [a-z ]+ \| (`.*) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def program() -> TyperGroup:
    made = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    found = get_command(build_app(made, open_window=lambda _: 0, run_bench=lambda *_: 0))
    assert isinstance(found, TyperGroup)
    return found


@pytest.mark.parametrize("guide", _GUIDES)
def test_every_command_and_option_that_is_shown_exists(guide: str, program: TyperGroup) -> None:
    shown = [line.strip() for line in _SHOWN.findall((ROOT / guide).read_text(encoding="utf-8"))]

    assert [line for line in shown if not _exists(line, program)] == []


def test_readme_names_every_command(program: TyperGroup) -> None:
    rows = " ".join(_ROW.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    words = set(re.findall(r"[a-z][a-z-]+", rows))

    missing = [
        name
        for top, command in program.commands.items()
        for name in (top, *(command.commands if isinstance(command, TyperGroup) else ()))
        if name not in words
    ]
    assert missing == []


def _exists(line: str, program: TyperGroup) -> bool:
    words = shlex.split(line.replace("'", '"') if line.count("'") == 1 else line)
    if words[0] not in program.commands:
        return False
    command = program.commands[words[0]]
    if isinstance(command, TyperGroup) and len(words) > 1:
        if words[1] not in command.commands:
            return False
        command = command.commands[words[1]]
    known = {name for param in command.params for name in (*param.opts, *param.secondary_opts)}
    return all(word.partition("=")[0] in known for word in words if word.startswith("--"))
