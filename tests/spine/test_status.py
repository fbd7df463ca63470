"""`status` shows what it can, says what it can't, and fails only when it can say nothing."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.operating.desk import Desk
from core.settings import Settings
from tests.spine.conftest import PROGRAM

DAMAGED = b"this was a database once" * 1_000


@pytest.fixture
def data_dir(short_dir: Path) -> Path:
    """Give a data dir in which one link waits for everybody."""
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    desk.create_link("https://example.com/")
    assert desk.close() == []
    return short_dir


def test_one_damaged_database_leaves_status_telling_of_all_the_others(
    data_dir: Path,
    run: Callable[..., "subprocess.CompletedProcess[str]"],
    run_json: Callable[..., Any],
) -> None:
    (data_dir / "dashboard.db").write_bytes(DAMAGED)

    status = run_json("status")

    assert status["database"]["error"] is None
    assert status["outbox"]["unpublished"] == 1
    lags = {consumer["name"]: consumer["lag"] for consumer in status["consumers"]}
    assert lags == {"analytics": 0, "qr": 0, "billing": 0, "webhook": 0, "dashboard": None}
    said = run("status").stdout
    assert "bad: Database dashboard is damaged: " in said
    assert "dashboard is unknown: Database dashboard: file is not a database" in said
    ledger = run("ledger")
    assert ledger.returncode == 1
    assert ledger.stderr.strip() == (
        "signalbox: Database dashboard: file is not a database. Restore a backup: main.py restore FILE."
    )


def test_without_the_links_there_is_nothing_to_tell_but_why(
    data_dir: Path, run: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    (data_dir / "links.db").write_bytes(DAMAGED)

    done = run("status")

    assert done.returncode == 1
    assert "links" in done.stderr
    assert "not a database" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
