"""The commands on events list, show, follow and export them, for people and for programs."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from core.commands.app import build_app
from core.operating.events import pages as event_pages
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

    def call(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, ["--data-dir", data_dir, *arguments])
        assert result.exit_code == code, (arguments, result.output, result.exception)
        return result

    return call


@pytest.fixture
def run_json(run: Run) -> Callable[..., Any]:
    return lambda *arguments: json.loads(run(*arguments, "--json").stdout)


def test_events_are_listed_page_by_page_and_by_filters(
    run: Run, run_json: Callable[..., Any], place: Place
) -> None:
    first, second = place.created("first"), place.created("second")
    place.desk.click("first")

    page = run_json("events", "list", "--count", "2")
    rest = run_json("events", "list", "--before", str(page["before"]))

    assert [event["type"] for event in page["events"]] == ["LinkClicked.v1", "LinkCreated.v1"]
    assert page["events"][0]["copy"] == "unknown"
    assert [event["id"] for event in rest["events"]] == [first.event_id]
    assert rest["before"] is None
    for arguments, found in (
        (("--type", "LinkCreated"), [second.event_id, first.event_id]),
        (("--link", "SECOND"), [second.event_id]),
        (("--trace", first.traceparent[3:35]), [first.event_id]),
        (("--text", '"slug":"second"'), [second.event_id]),
        (("--at", f"{second.partition}/{second.position}"), [second.event_id, first.event_id]),
        (("--at", second.time, "--count", "1"), [second.event_id]),
    ):
        assert [e["id"] for e in run_json("events", "list", *arguments)["events"]] == found, arguments
    text = run("events", "list").stdout
    assert "first" in text
    assert "There is nothing older." in text


def test_a_list_says_how_far_it_has_looked(run: Run, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.created("first")
    place.created("second")

    assert "No such events." in run("events", "list", "--text", "no such text").stdout
    monkeypatch.setattr(event_pages, "_PORTION", 1)
    text = run("events", "list", "--text", "no such text", "--look-at", "1").stdout

    assert "1 events were looked at, back to" in text
    assert "To go on: --before 2" in text
    assert run("events", "list", "--type", "Nothing", code=1).stdout == ""


def test_an_empty_outbox_says_what_to_do(run: Run) -> None:
    assert "Create a link" in run("events", "list").stdout


def test_one_event_is_shown_whole(run: Run, run_json: Callable[..., Any], place: Place) -> None:
    event = place.created("first")
    place.stores["billing"].bury(event, error="ValueError: no\x1b[31m plan")
    place.stores["billing"].reached(event.partition, event.position)
    place.stores["qr"].applied(event)

    whole = run_json("events", "show", event.event_id)
    text = run("events", "show", f"{event.partition}/{event.position}").stdout

    states = {row["consumer"]: row["effect"] for row in whole["consumers"]}
    assert states == {
        "analytics": "waiting",
        "qr": "applied",
        "billing": "dead",
        "webhook": "waiting",
        "dashboard": "waiting",
    }
    assert whole["data"]["title"] == "A title"
    assert whole["trace_id"] == event.traceparent[3:35]
    assert "dead by w; poison, attempts: 5: ValueError: no\\x1b[31m plan" in text
    assert '"title": "A title"' in text
    assert "There is no" not in text
    assert "retention" in run("events", "show", "0/999", code=1).stderr


def test_a_tail_begins_with_the_last_events_and_ends_when_told(run: Run, place: Place) -> None:
    first, second = place.created("first"), place.created("second")

    lines = run("events", "tail", "--for", "0", "--json").stdout.splitlines()
    plain = run("events", "tail", "--for", "0", "--link", "first").stdout

    assert [json.loads(line)["id"] for line in lines] == [first.event_id, second.event_id]
    assert first.event_id in plain
    assert second.event_id not in plain


def test_events_are_exported_once(run: Run, run_json: Callable[..., Any], place: Place) -> None:
    event = place.created("first")
    file = place.desk.settings.data_dir / "events.jsonl"

    done = run_json("events", "export", str(file))

    assert (done["rows"], done["path"]) == (1, str(file))
    assert json.loads(file.read_text("utf-8"))["id"] == event.event_id
    assert "exists already" in run("events", "export", str(file), code=1).stderr
    assert "1 events written" in run("events", "export", str(file), "--overwrite").stdout


def test_who_would_be_told_once_more_is_said_before_and_nothing_is_done_unasked(
    run: Run, run_json: Callable[..., Any], place: Place
) -> None:
    event = place.created("first")
    for store in place.stores.values():
        store.applied(event)

    said = run("events", "republish", event.event_id).stdout
    assert "billing          has its effect, and absorbs it: nothing changes" in said
    assert "Name a consumer with --for" in said
    refused = run("events", "republish", event.event_id, "--for", "billing", code=2)
    assert "* billing" in refused.stdout
    assert "There is nobody to ask: nothing was done" in refused.stderr
    assert "analytics has not come to it yet" in run(
        "events", "republish", event.event_id, "--for", "analytics", "--yes", code=1
    ).stderr  # fmt: skip
    assert "not lost" in run("events", "republish", event.event_id, "--put-back", "--yes", code=1).stderr
    assert len(run_json("events", "list")["events"]) == 1

    done = run("events", "republish", event.event_id, "--for", "billing", "--yes", "--why", "a trial").stdout
    assert "1 new event, each for one consumer (*)" in done
    newest = run_json("events", "list")["events"][0]
    assert (newest["origin"], newest["audience"]) == (event.event_id, "billing")
    assert f"billing: told by event {newest['id']}" in done
