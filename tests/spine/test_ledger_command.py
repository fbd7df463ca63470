"""The ledger as its users call it, on the real runtime, while everything is live."""

import json
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consumers import NAMES
from core.operating.desk import Desk
from tests.support.exactly_once import query, rows
from tests.support.receiver import webhook_receiver
from tests.support.waiting import eventually

Run = Callable[..., "subprocess.CompletedProcess[str]"]
RunJson = Callable[..., Any]


def test_it_is_green_while_links_are_created_and_consumed_and_when_all_is_done(
    desk: Desk, run: Run, run_json: RunJson
) -> None:
    with webhook_receiver() as receiver:
        receiver.secret = run_json("endpoints", "add", receiver.url)["secret"]
        stopping = threading.Event()
        offering = threading.Thread(target=_offer, args=(desk, stopping))
        offering.start()
        try:
            reports = [_ledger(run) for _ in range(2)]
        finally:
            stopping.set()
            offering.join()

        (last,) = eventually(lambda: _if_settled(run))

    counts = [report["consumers"][0]["committed"] for report in reports]
    assert 0 < counts[0] < counts[1]
    assert last["streams"]["not_checked"] is None
    assert [row["name"] for row in last["consumers"]] == list(NAMES)


def _offer(desk: Desk, stopping: threading.Event) -> None:
    while not stopping.is_set():
        link = desk.create_link("https://example.com/")
        desk.click(link.slug)
        stopping.wait(0.005)


def _ledger(run: Run) -> dict[str, Any]:
    done = run("ledger", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["ok"]
    return report


def _if_settled(run: Run) -> list[dict[str, Any]]:
    report = _ledger(run)
    return [] if any(row["waiting"] for row in report["consumers"]) else [report]


def test_it_ends_with_1_and_the_exact_id_when_a_receipt_is_gone(
    desk: Desk, run: Run, short_dir: Path
) -> None:
    event_id = desk.create_link("https://example.com/").event_id
    eventually(lambda: _has_receipt(short_dir))
    with rows(short_dir, "billing") as db:
        db.execute("DELETE FROM inbox")
        db.commit()

    red, wrong = run("ledger"), run("ledger", "--colour")

    assert red.returncode == 1
    assert f"billing, missing: {event_id}" in red.stdout
    assert "RED: 1 events" in red.stdout
    assert wrong.returncode == 2


def _has_receipt(data_dir: Path) -> bool:
    is_made = query(data_dir, "billing", "SELECT name FROM sqlite_master WHERE name = 'inbox'")
    return bool(is_made and query(data_dir, "billing", "SELECT event_id FROM inbox"))
