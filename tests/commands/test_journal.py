"""The command journal tells acts on consumers and on links alike, newest first, and only those that are wanted."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.commands.app import build_app
from tests.support.operated import Place, operated

Run = Callable[..., Result]


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture
def run(place: Place) -> Run:
    app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
    data_dir = str(place.desk.settings.data_dir)

    def call(*arguments: str) -> Result:
        result = CliRunner().invoke(app, ["--data-dir", data_dir, "journal", *arguments])
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        return result

    return call


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ((), ["restore link", "archive link", "pause", "create link"]),
        (("--count", "2"), ["restore link", "archive link"]),
        (("--act", "archive link"), ["archive link"]),
        (("--subject", "qr"), ["pause"]),
        (("--by", "ann@desk"), ["pause"]),
        (("too EARLY",), ["restore link"]),
    ],
)
def test_acts_are_told_newest_first_and_filtered(
    run: Run, place: Place, arguments: tuple[str, ...], found: list[str]
) -> None:
    made = place.desk.create_link("https://example.com/", slug="sale")
    place.desk.pause("qr", by="ann@desk", why="new disk")
    place.desk.archive_link("sale")
    place.desk.restore_link("sale", why="too early")

    told = json.loads(run(*arguments, "--json").stdout)

    assert [entry["act"] for entry in told] == found
    assert {entry["link_id"] for entry in told} <= {None, made.link_id}


def test_the_table_says_how_many_there_are_and_takes_no_codes_from_anybody(run: Run, place: Place) -> None:
    assert run().stdout == "Nobody has done anything yet.\n"
    place.desk.pause("qr", by="ann@desk", why="[red]new\x1b[31m disk")
    place.desk.resume("qr", by="ann@desk")

    shown = run("--count", "1", "--act", "pause").stdout

    assert "ann@desk" in shown
    assert "[red]new" in shown
    assert "\x1b[31m" not in shown
    assert shown.endswith("1 of 1 acts\n")
    assert run("nothing").stdout == "No such acts.\n"
