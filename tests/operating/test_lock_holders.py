"""A database that a frozen process keeps locked is told with that process and what to do about it."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from core.operating.snapshot import Cause
from core.operating.upkeep.lock_holders import frozen_holders, frozen_lock, told_with_its_holder
from core.operating.upkeep.notices import notices
from core.operating.upkeep.upkeep import Upkeep
from core.settings import Settings
from core.storage.database import open_sqlite
from tests.gui.pictures import consumer, snapshot
from tests.support.programs import next_line, program
from tests.support.waiting import eventually

LOCKED = "StoreUnavailable: Database billing: database is locked"


@pytest.fixture
def frozen(tmp_path: Path) -> Iterator[int]:
    """Freeze a process in the middle of a transaction on billing's database, and give its id."""
    path = tmp_path / "billing.db"
    database = open_sqlite(path, name="billing", durable=False)
    with database.transaction() as db:
        db.execute(text("CREATE TABLE counters (value INTEGER NOT NULL)"))
    database.close()
    with program("tests.support.lock_program", "hold", path) as holder:
        assert next_line(holder) == "held"
        os.kill(holder.pid, signal.SIGSTOP)
        eventually(lambda: psutil.Process(holder.pid).status() == psutil.STATUS_STOPPED)
        yield holder.pid


def test_the_frozen_process_is_named_with_what_to_do(frozen: int, tmp_path: Path) -> None:
    upkeep = Upkeep(Settings(data_dir=tmp_path))

    picture = upkeep.announce(snapshot(consumers=(consumer("billing", error=LOCKED),)))

    (notice,) = [notice for notice in notices(picture) if notice.cause is Cause.LOCKED]
    assert f"Database billing is locked by process {frozen}, which is frozen" in notice.what
    assert f"kill -CONT {frozen}" in notice.remedy


def test_the_consumer_itself_says_who_keeps_its_database_wherever_it_is_shown(
    frozen: int, tmp_path: Path
) -> None:
    picture = Upkeep(Settings(data_dir=tmp_path)).announce(
        snapshot(consumers=(consumer("billing", error=LOCKED),))
    )

    (health,) = picture.consumers
    assert f"locked by process {frozen}, which is frozen" in (health.error or "")
    assert f"kill -CONT {frozen}" in (health.error or "")
    assert [notice.cause for notice in notices(picture)].count(Cause.LOCKED) == 1


def test_who_asks_why_hears_of_the_frozen_process_for_as_long_as_it_is_frozen(
    frozen: int, tmp_path: Path
) -> None:
    path = tmp_path / "billing.db"

    said = frozen_lock(path)

    assert f"Database billing is locked by process {frozen}, which is frozen" in (said or "")
    os.kill(frozen, signal.SIGCONT)
    eventually(lambda: frozen_lock(path) is None)


def test_who_goes_on_or_has_another_file_open_is_not_named(frozen: int, tmp_path: Path) -> None:
    assert frozen_holders(tmp_path / "billing.db") == [frozen]
    assert frozen_holders(tmp_path / "qr.db") == []

    os.kill(frozen, signal.SIGCONT)

    eventually(lambda: frozen_holders(tmp_path / "billing.db") == [])
    assert told_with_its_holder(LOCKED, tmp_path) is None


def test_a_database_that_fails_of_something_else_has_no_holder(frozen: int, tmp_path: Path) -> None:
    assert told_with_its_holder("Database billing: database or disk is full", tmp_path) is None
    assert told_with_its_holder("HTTP 500: database is locked", tmp_path) is None
