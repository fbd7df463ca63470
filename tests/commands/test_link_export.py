"""The command links export writes what was asked for, in the form that the file's name says."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from core.commands.app import build_app
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        made.desk.create_link("https://example.com/", slug="one", tags=["news"])
        made.desk.create_link("https://example.com/", slug="two")
        yield made


def run(place: Place, *arguments: str, code: int = 0) -> Result:
    app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
    data_dir = str(place.desk.settings.data_dir)
    result = CliRunner().invoke(app, ["--data-dir", data_dir, "links", "export", *arguments])
    assert result.exit_code == code, (arguments, result.output, result.exception)
    return result


def test_links_are_exported_as_the_name_says(place: Place, tmp_path: Path) -> None:
    text = run(place, str(tmp_path / "all.csv")).stdout
    done = json.loads(run(place, str(tmp_path / "news.JSON"), "--tag", "news", "--json").stdout)

    assert "2 links written" in text
    with (tmp_path / "all.csv").open(encoding="utf-8", newline="") as file:
        assert [row["slug"] for row in csv.DictReader(file)] == ["two", "one"]
    assert [row["slug"] for row in json.loads((tmp_path / "news.JSON").read_text("utf-8"))] == ["one"]
    assert (done["rows"], done["is_cancelled"]) == (1, False)


def test_links_that_are_not_through_are_found_by_the_consumer(place: Place, tmp_path: Path) -> None:
    two = place.desk._installation.outbox.first_of_link(place.desk.links.one("two").link_id)
    assert two is not None
    place.stores["qr"].bury(two)

    for number, (options, found) in enumerate(
        (
            (("--failed",), ["two"]),
            (("--failed", "--consumer", "webhook"), []),
            (("--unfinished",), ["two", "one"]),
            (("--consumer", "qr", "--tag", "news"), ["one"]),
        )
    ):
        file = tmp_path / f"{number}.json"
        run(place, str(file), *options)
        assert [row["slug"] for row in json.loads(file.read_text("utf-8"))] == found, options
    assert "no consumer 'qrr'" in run(place, str(tmp_path / "x.csv"), "--consumer", "qrr", code=1).stderr
    assert not (tmp_path / "x.csv").exists()


def test_a_name_without_a_form_and_a_file_that_exists_are_refused(place: Place, tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("mine")

    assert "--form" in run(place, str(tmp_path / "links"), code=2).stderr
    assert "exists already" in run(place, str(tmp_path / "mine.csv"), code=1).stderr
    run(place, str(tmp_path / "links"), "--form", "csv", "--state", "live", "--sort", "slug")
    assert (tmp_path / "links").read_text("utf-8").count("\n") == 3
