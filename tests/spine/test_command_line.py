"""The command line as its users call it."""

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from consumers import NAMES
from core.operating.desk import Desk
from tests.support.exactly_once import assert_exactly_once, assert_qr_codes_decode, query
from tests.support.programs import MAIN
from tests.support.receiver import webhook_receiver
from tests.support.waiting import PATIENCE_S, eventually

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RunJson = Callable[..., Any]


def _lags(run_json: RunJson) -> dict[str, int | None]:
    return {consumer["name"]: consumer["lag"] for consumer in run_json("status")["consumers"]}


def test_a_link_created_beside_a_headless_worker_reaches_all_five(
    headless: "subprocess.Popen[str]", run_json: RunJson, short_dir: Path
) -> None:
    (link,) = run_json("create", "https://example.com")

    assert set(link) >= {"link_id", "slug", "short_url", "event_id", "trace_id", "committed_ms"}
    status = eventually(lambda: _all_done(run_json))
    assert status["broker"]["state"] == "ready"
    assert status["outbox"] == {"unpublished": 0, "oldest_age_s": None, "relay_error": None}
    assert assert_exactly_once(short_dir) == 1


def _all_done(run_json: RunJson) -> Any:
    status = run_json("status")
    shown = [(consumer["lag"], consumer["state"]) for consumer in status["consumers"]]
    is_done = status["partitions"] and not status["outbox"]["unpublished"]
    return status if is_done and shown == [(0, "running")] * 5 else None


def test_a_paused_webhook_lags_alone_and_then_delivers_everything_in_order(
    headless: "subprocess.Popen[str]", run_json: RunJson, short_dir: Path
) -> None:
    with webhook_receiver() as receiver:
        receiver.secret = run_json("endpoints", "add", receiver.url)["secret"]
        answer = run_json("pause", "webhook")
        assert answer["obeyed_version"] == answer["wanted_version"]

        created = run_json("create", *(f"https://example.com/{number}" for number in range(20)))
        expected = {"analytics": 0, "qr": 0, "billing": 0, "webhook": 20, "dashboard": 0}
        eventually(lambda: _lags(run_json) == expected)
        assert receiver.received == []

        run_json("resume", "webhook")
        eventually(lambda: len(receiver.received) == 20)

        assert receiver.refused == []
        assert _lags(run_json)["webhook"] == 0
        by_link = [payload["data"]["link_id"] for payload in receiver.received]
        assert sorted(by_link) == sorted(link["link_id"] for link in created)
        assert receiver.ids == _delivery_order(short_dir)
    assert_qr_codes_decode(short_dir)


def _delivery_order(data_dir: Path) -> list[str]:
    return [
        str(row[0])
        for row in query(data_dir, "webhook", "SELECT event_id FROM deliveries ORDER BY delivery_id")
    ]


def test_commands_attach_to_a_running_desk(desk: Desk, run_json: RunJson, short_dir: Path) -> None:
    eventually(lambda: desk.worker_pid is not None)
    before = {process.pid for process in psutil.Process().children(recursive=True)}

    (link,) = run_json(
        "create", "https://example.com", "--slug", "Attached", "--title", "A title", "--tag", "one"
    )
    run_json("click", "attached", "--referrer", "https://news.example/story?id=1")
    run_json("links", "edit", "attached", "--title", "Another")
    run_json("links", "archive", link["link_id"], "--why", "over")
    assert run_json("links", "show", "attached")["archived_at"] is not None
    run_json("links", "restore", "attached")

    eventually(lambda: _receipts(short_dir) == 5)
    assert assert_exactly_once(short_dir) == 5
    shown = run_json("links", "show", "attached")
    assert (shown["title"], shown["tags"], shown["archived_at"]) == ("Another", ["one"], None)
    assert {process.pid for process in psutil.Process().children(recursive=True)} <= before


def _receipts(data_dir: Path) -> int:
    """Give how many events the slowest consumer has behind it."""
    try:
        return min(int(query(data_dir, name, "SELECT count(*) FROM inbox")[0][0]) for name in NAMES)
    except sqlite3.OperationalError:
        return 0  # The worker has not made all tables yet.


def test_a_call_on_a_data_dir_that_nobody_owns_does_all_of_its_work_and_leaves_nothing_running(
    run_json: RunJson, short_dir: Path
) -> None:
    run_json("pause", "billing")
    run_json("create", "https://example.com")

    status = run_json("status")

    assert status["broker"]["state"] == "stopped"
    assert status["outbox"]["unpublished"] == 0
    assert _lags(run_json) == {"analytics": 0, "qr": 0, "billing": 1, "webhook": 0, "dashboard": 0}
    assert {consumer["state"] for consumer in status["consumers"]} == {"stopped"}
    assert {consumer["in_flight"] for consumer in status["consumers"]} == {None}
    assert_qr_codes_decode(short_dir)
    assert not _processes_on(short_dir)


def _processes_on(data_dir: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if str(data_dir) in str(process.info["cmdline"])
    ]


def test_watch_runs_everything_itself_when_nobody_does_and_stops_it_again(
    run: Run, run_json: RunJson, short_dir: Path
) -> None:
    run_json("create", "https://example.com")

    done = run("watch", "--for", "3")

    assert done.returncode == 0, done.stderr
    assert "dashboard" in done.stdout
    assert assert_exactly_once(short_dir) == 1
    assert not _processes_on(short_dir)


def test_mistakes_are_one_sentence_and_an_exit_code(run: Run) -> None:
    for arguments, code, words in (
        (("create", "example.com"), 1, "https://example.com"),
        (("create", "ftp://example.com"), 1, "Only http and https"),
        (("create", "https://example.com", "--slug", "API"), 1, "reserved"),
        (("create", "https://example.com", "--team", "Nobody"), 1, "no team"),
        (("create",), 2, "Missing argument"),
        (("click", "nothere"), 1, "no link"),
        (("links", "restore", "nothere"), 1, "no link"),
        (("pause", "nobody"), 1, "no consumer"),
        (("pause", "qr", "--for", "soon"), 2, "no duration"),
        (("endpoints", "add", "ftp://example.com"), 1, "https"),
        (("endpoints", "remove", "nothere"), 1, "no endpoint"),
        (("worker", "--only", "nobody"), 1, "no consumer"),
        (("--broker", "http://user:pass@x", "status"), 2, "SIGNALBOX_BROKER"),
        (("--data-dir", "/proc/nothing", "status"), 2, "SIGNALBOX_DATA_DIR"),
    ):
        done = run(*arguments)

        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert words in done.stderr.replace("\n", " "), (arguments, done.stderr)
        assert "Traceback" not in done.stderr
        assert "pass@" not in done.stderr


def test_created_links_are_told_even_when_a_later_url_is_wrong(run: Run) -> None:
    done = run("create", "https://example.com", "nonsense:", "--json")

    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 1


def test_watch_that_is_terminated_leaves_nothing_running(
    environment: dict[str, str], short_dir: Path
) -> None:
    for number in (signal.SIGTERM, signal.SIGHUP):
        watch = subprocess.Popen(
            [sys.executable, str(MAIN), "watch", "--json"], env=environment, stdout=subprocess.PIPE, text=True
        )
        assert watch.stdout is not None
        assert json.loads(watch.stdout.readline())["broker"]["state"] == "ready"

        watch.send_signal(number)

        watch.wait(PATIENCE_S)
        watch.stdout.close()
        assert not _processes_on(short_dir)
