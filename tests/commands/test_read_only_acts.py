"""Read only, every act of the command line is refused at once: nothing is previewed, asked or written."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.commands.app import build_app
from tests.support.operated import operated

ACTS = (
    "create https://example.com/2",
    "links edit winter --title x",
    "links archive winter",
    "pause qr",
    "resume qr",
    "fault set qr fail --next 1",
    "endpoints add https://example.com/hook",
    "partitions release qr --all",
    "partitions take-over qr --all --worker nobody",
    "dead retry --all --yes",
    "dead discard --all --yes --why drill",
    "dead discard --all --json --why drill",
    "dead edit some-event --data {}",
    "parked retry winter",
    "parked dead-letter winter --why drill",
    "events republish 0/1",
    "events republish 0/1 --put-back --yes",
    "rebuild billing",
    "streams rebuild",
)


def test_every_act_is_refused_at_once_and_nothing_is_written(short_dir: Path) -> None:
    with operated(short_dir) as place:
        place.desk.create_link("https://example.com/", slug="winter")
        app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
        before = _rows(short_dir)
        for act in ACTS:
            done = CliRunner().invoke(app, ["--data-dir", str(short_dir), "--read-only", *act.split()])

            assert (done.exit_code, done.stdout) == (1, ""), (act, done.output, done.exception)
            assert done.stderr.startswith("signalbox: Nothing can be changed here"), act
        assert _rows(short_dir) == before


def test_a_dry_run_is_no_act(short_dir: Path) -> None:
    with operated(short_dir) as place:
        place.desk.create_link("https://example.com/", slug="winter")
        app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)

        arguments = ["--data-dir", str(short_dir), "--read-only", "dead", "retry", "--all", "--dry-run"]
        done = CliRunner().invoke(app, arguments)

        assert done.exit_code == 0, done.output


def _rows(data_dir: Path) -> dict[str, list[str]]:
    """Give all that stands in the databases."""
    rows = {}
    for path in sorted(data_dir.glob("*.db")):
        with closing(sqlite3.connect(path)) as database:
            rows[path.name] = list(database.iterdump())
    return rows


@pytest.fixture(autouse=True)
def nobody_elses_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SIGNALBOX_READ_ONLY", raising=False)
