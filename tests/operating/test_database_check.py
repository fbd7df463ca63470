"""After an end that was not in order the databases are read through; a damaged one is named, and never touched."""

import json
import sqlite3
import threading
from pathlib import Path

import pytest

from core.errors import DatabaseDamaged
from core.operating.snapshot import Cause
from core.operating.upkeep import database_check
from core.operating.upkeep.database_check import DatabaseCheck
from tests.support.waiting import PATIENCE_S, eventually


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    """Give a data dir with three databases."""
    for name in ("links", "control", "qr"):
        with sqlite3.connect(tmp_path / f"{name}.db") as raw:
            raw.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT)")
            raw.executemany("INSERT INTO things (name) VALUES (?)", [("x" * 200,)] * 500)
        raw.close()
    return tmp_path


def damage(path: Path) -> bytes:
    content = bytearray(path.read_bytes())
    content[8192:16384] = b"\xa5" * 8192
    path.write_bytes(content)
    return bytes(content)


def begun(data_dir: Path) -> DatabaseCheck:
    check = DatabaseCheck(data_dir, has_files=True)
    check.begin()
    return check


def test_a_clean_end_leaves_nothing_to_check(data_dir: Path) -> None:
    begun(data_dir).end()
    damage(data_dir / "qr.db")

    check = begun(data_dir)

    assert check.notices == ()
    check.end()
    assert not (data_dir / "running").exists()


def test_after_an_unclean_end_a_damaged_consumer_is_named_and_its_file_kept(data_dir: Path) -> None:
    begun(data_dir)
    kept = damage(data_dir / "qr.db")

    check = begun(data_dir)

    eventually(lambda: list(check.damaged) == ["qr"] and len(check.notices) == 1)
    (notice,) = check.notices
    assert notice.cause is Cause.DAMAGED
    assert notice.what.startswith("Database qr is damaged")
    assert f"{data_dir / 'qr.db'} is damaged" in notice.why
    assert "no backup is known of" in notice.why
    assert "begins anew from the outbox" in notice.remedy
    assert (data_dir / "qr.db").read_bytes() == kept
    check.end()
    assert begun(data_dir).damaged, "a damaged database is checked again until it is mended"


def test_damage_of_two_is_told_together(data_dir: Path) -> None:
    begun(data_dir)
    (data_dir / "webhook.db").write_bytes((data_dir / "qr.db").read_bytes())
    damage(data_dir / "qr.db")
    damage(data_dir / "webhook.db")

    check = begun(data_dir)

    eventually(lambda: len(check.damaged) == 2)
    (notice,) = eventually(lambda: [n for n in check.notices if n.cause is Cause.DAMAGED])
    assert notice.what.startswith("Databases qr and webhook are damaged")
    assert notice.remedy == "Restore a backup (main.py restore FILE)."


def test_damage_without_which_nothing_runs_is_refused_with_the_newest_backup(data_dir: Path) -> None:
    begun(data_dir)
    (data_dir / "newest-backup.json").write_text(
        json.dumps({"file": "/b/monday", "at": 1_800_000_000}), encoding="utf-8"
    )
    kept = damage(data_dir / "links.db")

    with pytest.raises(DatabaseDamaged, match=r"links\.db is damaged.*/b/monday of 2027.* main\.py restore"):
        begun(data_dir)

    assert (data_dir / "links.db").read_bytes() == kept


def test_a_long_check_goes_on_beside_the_start_and_says_so(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(data_dir)
    go_on = threading.Event()
    monkeypatch.setattr(database_check, "check_database", lambda _path: go_on.wait(PATIENCE_S))

    check = begun(data_dir)

    assert [notice.cause for notice in check.notices] == [Cause.CHECKING]
    go_on.set()
    eventually(lambda: check.notices == ())
    check.end()
    assert not (data_dir / "running").exists()


def test_a_check_that_was_cut_short_is_begun_again_at_the_next_start(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun(data_dir)
    go_on = threading.Event()
    monkeypatch.setattr(database_check, "check_database", lambda _path: go_on.wait(PATIENCE_S))
    check = begun(data_dir)

    check.end()

    assert (data_dir / "running").exists()
    go_on.set()
