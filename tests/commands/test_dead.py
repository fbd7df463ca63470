"""The commands on dead letters show what they will touch, ask before they do it, and tell what came of each."""

import json
import os
import pty
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner, Result

from consumers import NAMES, build_consumers
from core.commands.app import build_app
from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.requests import Requests
from core.events.envelope import Event
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from tests.support.burying import requests_done, store_of
from tests.support.links import give_positions
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
Run = Callable[..., Result]


@dataclass(frozen=True)
class Place:
    """An installation on which nothing runs: billing and qr have given up on the first of two links."""

    desk: Desk
    first: Event
    second: Event

    @property
    def requests(self) -> Requests:
        return Requests(self.desk._installation.control)

    @property
    def where(self) -> str:
        return f"{self.first.partition}/{self.first.position}"


def created(desk: Desk, slug: str) -> Event:
    event_id = desk.create_link("https://example.com/", slug=slug, title="A title").event_id
    outbox = desk._installation.outbox
    give_positions(outbox)
    events = [
        event for number in range(outbox.partition_count) for event in outbox.read(number, after=0, limit=9)
    ]
    return next(event for event in events if event.event_id == event_id)


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    first, second = created(desk, "first"), created(desk, "second")
    stores = {name: store_of(short_dir, name) for name in ("billing", "qr", "dashboard")}
    stores["billing"].bury(
        first, error="ValueError: [bold]no\x1b[31m plan; whsec_c2VjcmV0c2VjcmV0", retries=1
    )
    stores["qr"].bury(first, error_class="crash", error="The process died 3 times.", traceback="")
    stores["billing"].bury(second)
    stores["dashboard"].applied(first, second)
    stores["dashboard"].park(second)
    stores["billing"].park(msgspec.structs.replace(second, position=second.position + 1), error_class="held")
    yield Place(desk, first, second)
    for store in stores.values():
        store.database.close()
    desk.close()


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


def test_dead_letters_are_listed_newest_first_and_filtered(
    run_json: Callable[..., Any], place: Place
) -> None:
    everything = run_json("dead", "list")

    assert len(everything) == 3
    assert everything == sorted(everything, key=lambda letter: -letter["last_failed_at"])
    for arguments, found in (
        (("--consumer", "qr"), [("qr", place.first)]),
        (("--link", "second"), [("billing", place.second)]),
        (("--key", place.second.link_id), [("billing", place.second)]),
        (("--class", "crash"), [("qr", place.first)]),
        (("--cause", "PROCESS DIED"), [("qr", place.first)]),
        (("--since", "5s"), []),
        (("--state", "applied"), []),
        (("--state", "all", "--link", "second"), [("billing", place.second)]),
        (("--link", "no-such-link"), []),
    ):
        letters = run_json("dead", "list", *arguments)
        assert [(one["consumer"], one["event_id"]) for one in letters] == [
            (name, event.event_id) for name, event in found
        ], arguments


def test_equal_causes_are_one_row(run_json: Callable[..., Any]) -> None:
    first, second = run_json("dead", "list", "--by-cause")

    assert (first["cause"], first["count"]) == ("ValueError at consumers/billing.py:55 in handle", 2)
    assert (first["consumers"], first["links"], first["failed_again"]) == (["billing"], 2, 1)
    assert (second["error_class"], second["consumers"]) == ("crash", ["qr"])


def test_all_of_a_dead_letter_is_shown_by_place_or_event(run_json: Callable[..., Any], place: Place) -> None:
    (letter,) = run_json("dead", "show", "billing", place.where)
    both = run_json("dead", "show", place.first.event_id)

    assert letter["data"]["slug"] == "first"
    assert letter["trace_id"] in place.first.traceparent
    assert "Traceback" in letter["traceback"]
    assert [one["consumer"] for one in both] == ["qr", "billing"]
    assert run_json("dead", "show", place.first.event_id, "--consumer", "billing") == [letter]


def test_neither_secrets_nor_a_terminals_codes_get_out(run: Run, place: Place) -> None:
    for arguments in (("list",), ("show", "billing", place.where), ("list", "--json")):
        shown = run("dead", *arguments).stdout

        assert "\x1b" not in shown
        assert "c2VjcmV0" not in shown
        assert "whsec_***" in "".join(shown.split())
        assert "[bold]no" in "".join(shown.split())


def test_what_makes_no_sense_is_a_sentence_and_an_exit_code(run: Run, place: Place) -> None:
    for arguments, code, words in (
        (("dead", "retry"), 2, "--all"),
        (("dead", "show"), 2, "Name one"),
        (("dead", "retry", "billing", "x"), 2, "PARTITION/POSITION"),
        (("dead", "show", "nobody"), 1, "no dead letter"),
        (("dead", "retry", "billing", "7/999", "--yes"), 1, "no such dead letter"),
        (("dead", "list", "--consumer", "nobody"), 1, "no consumer"),
        (("dead", "discard", "--all", "--yes"), 2, "--why"),
        (("dead", "edit", place.first.event_id, "--data", "{}", "--yes"), 2, "--consumer"),
        (("dead", "edit", "billing", place.where, "--data", "{}", "--yes"), 1, "schema"),
        (("dead", "edit", "billing", place.where, "--data", "@/no/file", "--yes"), 2, "can't be read"),
        (("dead", "policy", "nobody", "hold"), 1, "no consumer"),
        (("parked", "retry", "first"), 1, "Nothing of the link"),
    ):
        assert words in " ".join(run(*arguments, code=code).stderr.split()), arguments
    assert place.requests.waiting() == []


def test_a_dry_run_tells_the_effects_and_does_nothing(
    run: Run, run_json: Callable[..., Any], place: Place
) -> None:
    answer = run_json("dead", "retry", "--consumer", "billing", "--dry-run")
    text = " ".join(run("dead", "retry", "--link", "first", "--dry-run").stdout.split())

    assert (answer["preview"]["count"], answer["preview"]["consumers"]) == (2, {"billing": 2})
    assert answer["preview"]["links"] == sorted([place.first.link_id, place.second.link_id])
    row = next(row for row in answer["preview"]["rows"] if row["event_id"] == place.first.event_id)
    waiting = {"analytics": "waiting", "webhook": "waiting"}
    assert row["effects"] == {**waiting, "qr": "dead", "dashboard": "applied"}
    assert [
        row["behind"] for row in answer["preview"]["rows"] if row["event_id"] == place.second.event_id
    ] == [1]
    assert answer["rows"] == []
    assert text.startswith("retry: 2 dead letters of 1 link; consumers: qr (1), billing (1)")
    assert "dashboard has it" in text
    assert "billing will run" in text
    assert place.requests.waiting() == []


def test_without_a_terminal_nothing_is_done_unless_it_is_said_to(
    run: Run, run_json: Callable[..., Any], place: Place
) -> None:
    for extra in ((), ("--json",)):
        assert "--yes" in run("dead", "retry", "--all", *extra, code=2).stderr
    assert place.requests.waiting() == []

    answer = run_json("dead", "retry", "--all", "--yes", "--why", "fixed")

    assert len(answer["rows"]) == 3
    assert {row["outcome"] for row in answer["rows"]} == {
        "noted; no worker runs it now, so it is done when one does"
    }
    assert [(one.act, one.why) for one in place.requests.waiting()] == [("retry", "fixed")] * 3


@pytest.mark.parametrize(("answer", "code", "count"), [("2", 0, 2), ("3", 1, 0)])
def test_at_a_terminal_the_number_is_typed(place: Place, answer: str, code: int, count: int) -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": str(place.desk.settings.data_dir)}
    command = [sys.executable, str(MAIN), "dead", "discard", "--consumer", "billing", "--why", "a test"]
    process = subprocess.Popen(
        command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    )
    os.write(ours, f"{answer}\n".encode())
    shown, said = process.communicate(timeout=PATIENCE_S)
    os.close(ours)
    os.close(theirs)

    assert process.returncode == code, said
    assert "Type the number to go on (2)" in shown
    assert ("Nothing was done" in said) is (count == 0)
    assert len(place.requests.waiting()) == count


def test_an_edit_is_shown_field_by_field_then_published_and_noted(
    run: Run, run_json: Callable[..., Any], place: Place, tmp_path: Path
) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps({**json.loads(place.first.data_json), "title": "Put right"}))
    arguments = ("dead", "edit", "billing", place.where, "--data", f"@{file}")

    shown = run(*arguments, "--dry-run").stdout
    answer = run_json(*arguments, "--yes")

    assert 'title: "A title" -> "Put right"' in shown
    assert "billing will run the new event" in " ".join(shown.split())
    (row,) = answer["rows"]
    assert row["outcome"] == "noted; no worker runs it now, so it is done when one does"
    (request,) = place.requests.waiting()
    assert (request.act, request.argument) == ("discard", row["replaced_by"])
    give_positions(place.desk._installation.outbox)
    event = place.desk._installation.outbox.read(place.first.partition, after=place.first.position, limit=9)[
        -1
    ]
    assert (event.event_id, event.origin) == (row["replaced_by"], place.first.event_id)
    assert row["replaced_by"] in run(*arguments, "--yes", code=1).stderr


def test_waiting_links_are_listed_and_tried_at_once(
    run: Run, run_json: Callable[..., Any], place: Place
) -> None:
    (key,) = run_json("parked", "list", "--consumer", "dashboard")
    text = " ".join(run("parked", "list").stdout.split())

    answer = run_json("parked", "retry", "second", "--consumer", "dashboard")

    assert (key["consumer"], key["link_id"], key["events"]) == ("dashboard", place.second.link_id, 1)
    assert "OSError: no disk" in text
    outcome = "noted; no worker runs it now, so it is done when one does"
    link_id = place.second.link_id
    assert answer == [{"consumer": "dashboard", "link_id": link_id, "outcome": outcome, "failed": False}]
    (request,) = place.requests.waiting()
    assert (request.act, request.argument) == ("retry now", link_id)


@pytest.mark.parametrize("act", [("retry",), ("dead-letter", "--why", "its receiver is gone")])
def test_what_came_too_late_for_a_waiting_link_ends_as_not_done_whatever_its_words(
    run_json: Callable[..., Any], place: Place, act: tuple[str, ...]
) -> None:
    control, now = place.desk._installation.control, time.time()
    Heartbeats(control).beat([Heartbeat("w", "dashboard", "host", 1, now, now, 1, False, 0, None)])

    with requests_done(control, {}, {}, done=False):
        arguments = ("parked", act[0], "second", "--consumer", "dashboard", *act[1:])
        (answer,) = run_json(*arguments, code=1)

    assert (answer["outcome"], answer["failed"]) == ("It waits no more.", True)


def test_the_policy_behind_dead_letters_is_wanted(run_json: Callable[..., Any], place: Place) -> None:
    controls = Controls(place.desk._installation.control)
    for word, holds in (("hold", True), ("go-on", False), ("default", None)):
        answer = run_json("dead", "policy", "billing", word)

        wanted = controls.wanted()["billing"]
        assert (wanted.holds, wanted.version) == (holds, answer["wanted_version"])
