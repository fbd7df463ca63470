"""What commands list is told whole on a terminal of any width: who and when, ids that are typed again, each address."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.commands.app import build_app
from core.commands.context import console
from tests.support.operated import Place, operated

WIDTHS = (60, 80, 120)
URL = "https://hooks.example.com/services/T00000000/B00000000/a-token"
Shown = Callable[..., str]


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


@pytest.fixture(params=WIDTHS)
def shown(place: Place, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Call a command in a terminal of so many characters, and give what it shows; no table is wider."""
    monkeypatch.setattr(console, "_width", request.param)
    app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)

    def call(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["--data-dir", str(place.desk.settings.data_dir), *arguments])
        assert result.exit_code == 0, (arguments, result.output, result.exception)
        assert max(len(line) for line in result.stdout.splitlines()) <= request.param
        return result.stdout

    return call


def test_the_journal_tells_who_and_when_beside_a_long_id(place: Place, shown: Shown) -> None:
    added = place.desk.add_endpoint(URL, why="their new shop").endpoint.endpoint_id
    place.desk.endpoints.disable(added, by="ann@desk", why="they move to another house, until Monday")

    said = shown("journal", "--by", "ann@desk")

    assert "ann@desk" in said
    assert "disable endpoint" in said
    assert said.count(":") >= 2
    assert added[:6] in said
    assert added[-4:] in said
    for word in "they move to another house, until Monday".split():
        assert word in said.split()


def test_endpoints_are_listed_with_their_whole_ids_and_addresses(place: Place, shown: Shown) -> None:
    added = place.desk.add_endpoint(URL, description="the sales team's own").endpoint.endpoint_id
    place.desk.endpoints.disable(added, by="ann@desk")

    said = shown("endpoints", "list")

    assert added in said.split()
    for part in (*URL.replace("/", "/ ").split(), "(the", "sales", "team's", "own)", "ann@desk"):
        assert part in said
    assert "…" not in said
    for name in "State Last answer Waiting Next In the last hour".split():
        assert name in said


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("links list", "summer A title Home live"),
        ("events list", "LinkCreated.v1 summer"),
        ("dead list", "qr summer poison ValueError: the disk of this machine is full"),
        ("dead list --by-cause", "poison qr ValueError in"),
        ("dead discard --all --dry-run", "qr summer LinkCreated.v1 billing has it parked; never will run"),
        ("parked list", "billing summer transient OperationalError: the database has gone away"),
    ],
)
def test_no_other_list_breaks_a_word(place: Place, shown: Shown, command: str, words: str) -> None:
    event = place.created("summer")
    place.stores["qr"].bury(event, error="ValueError: the disk of this machine is full")
    place.stores["billing"].park(event, error="OperationalError: the database has gone away")

    said = shown(*command.split()).split()

    assert [word for word in words.split() if word not in said] == []


def test_a_trace_wraps_its_errors_below_each_other(place: Place, shown: Shown) -> None:
    event = place.created("summer")
    error = "OperationalError: the database has gone away, and nobody knows when it will be back again"
    place.stores["billing"].bury(event, error=error)

    said = shown("trace", "summer")

    assert error in " ".join(said.split())
    assert event.event_id in said.split()
    (last,) = [line for line in said.splitlines() if "again)" in line]
    assert last.startswith(" " * 30)
