"""The trace command shows lanes to people and steps to programs."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from core.commands.app import build_app
from core.consuming.tables import failed_attempts
from tests.support.links import give_positions
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


def run(place: Place, *arguments: str, code: int = 0) -> Result:
    app = build_app(place.desk._program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
    data_dir = str(place.desk.settings.data_dir)
    result = CliRunner().invoke(app, ["--data-dir", data_dir, "trace", *arguments])
    assert result.exit_code == code, (arguments, result.output, result.exception)
    return result


def lane(text: str, name: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(f"  {name} ")]
    return line


def test_a_trace_is_drawn_as_lanes(place: Place) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    place.stores["billing"].bury(event, error="ValueError: \x1b[31mno plan")
    place.stores["billing"].reached(event.partition, event.position)

    text = run(place, "one").stdout

    assert "link one: 1 event, and it is not over" in text
    assert "C" in lane(text, "producer").split("+")[0]
    assert "P" in lane(text, "relay").split("+")[0]
    assert "." in lane(text, "analytics").split("+")[0]
    assert "waits for a worker" in " ".join(text.split())
    assert "failed (poison, attempts: 5: ValueError: \\x1b[31mno plan)" in " ".join(text.split())
    assert "waits for an operator" in " ".join(text.split())


def test_events_that_are_left_out_are_counted(place: Place) -> None:
    place.created("one")
    for _ in range(4):
        place.desk.click("one")

    text = run(place, "one", "--count", "1").stdout

    assert "5 events" in text
    assert "3 events between are not shown" in text


def test_each_failed_attempt_is_told_by_its_number_in_text_and_for_programs(place: Place) -> None:
    event = place.created("one")
    give_positions(place.desk._installation.outbox, {event.partition: event.position})
    place.stores["billing"].applied(event)
    at = {"partition": event.partition, "position": event.position, "worker": "w7"}
    with place.stores["billing"].database.transaction() as db:
        for number in (1, 2):
            failed = {"failed_at": 0.1 * number, "error_class": "transient", "error": "OSError: no disk"}
            db.execute(insert(failed_attempts).values(number=number, **at, **failed))

    text = " ".join(run(place, "one").stdout.split())
    found = json.loads(run(place, "one", "--json").stdout)

    assert "attempt 1 failed by w7 (transient: OSError: no disk)" in text
    assert "applied by w (after 2 failed attempts)" in text
    steps = [step for step in found["events"][0]["steps"] if step["lane"] == "billing"]
    assert [step["attempt"] for step in steps if step["kind"] == "failed"] == [1, 2]


def test_programs_get_the_steps(place: Place) -> None:
    event = place.created("one")

    found = json.loads(run(place, event.event_id, "--json").stdout)

    assert (found["subject"], found["trace_ids"]) == ("event", [event.traceparent[3:35]])
    (one,) = found["events"]
    assert one["id"] == event.event_id
    assert [(step["lane"], step["kind"]) for step in one["steps"]][:1] == [("producer", "committed")]
    assert {row["consumer"]: row["effect"] for row in one["consumers"]}["qr"] == "waiting"
    assert "No link, event or trace" in run(place, "nothing", code=1).stderr
