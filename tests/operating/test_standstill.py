"""Next to no space lets the consumers stand still and links go on; an operator's pause is neither lost nor ended by it."""

from pathlib import Path

import pytest

from core.consuming.standstill import standstill
from core.operating.desk import Desk
from core.operating.snapshot import Cause
from core.operating.upkeep.notices import notices
from core.settings import Settings
from core.storage.file_systems import Space
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.waiting import eventually, never

MIB = 2**20


def _receipts(data_dir: Path, name: str) -> int:
    if not query(data_dir, name, "SELECT 1 FROM sqlite_master WHERE name = 'inbox'"):
        return 0
    return int(query(data_dir, name, "SELECT count(*) FROM inbox")[0][0])


def _causes(desk: Desk) -> list[Cause]:
    return [notice.cause for notice in notices(desk.snapshot)] if desk.snapshot is not None else []


def test_consumers_stand_still_while_there_is_no_space_and_obey_operators_afterwards(
    short_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [Space(50_000 * MIB, True)]
    monkeypatch.setattr("core.operating.upkeep.disk_watch.space_of", lambda _folder: free[0])
    desk = Desk.open(Settings.load(data_dir=short_dir, disk_look_s=0.1), program=PROGRAM, run_worker=True)
    try:
        desk.create_link("https://example.com/before")
        eventually(lambda: all(_receipts(short_dir, name) == 1 for name in PROGRAM.consumers))
        desk.pause("billing", by="ann")

        free[0] = Space(100 * MIB, True)
        control = desk._installation.control
        eventually(lambda: standstill(control) is not None)
        beats = "SELECT count(*) FROM heartbeats WHERE paused"
        eventually(lambda: query(short_dir, "control", beats) == [(5,)])
        desk.create_link("https://example.com/meanwhile")
        desk.resume("qr", by="ann")
        never(lambda: any(_receipts(short_dir, name) > 1 for name in PROGRAM.consumers), within=0.5)
        eventually(lambda: _causes(desk) == [Cause.DISK_FULL])

        free[0] = Space(50_000 * MIB, True)
        others = [name for name in PROGRAM.consumers if name != "billing"]
        eventually(lambda: all(_receipts(short_dir, name) == 2 for name in others))
        never(lambda: _receipts(short_dir, "billing") > 1, within=0.3)
        desk.resume("billing", by="ann")
        eventually(lambda: _receipts(short_dir, "billing") == 2)
    finally:
        desk.close(10)
    assert assert_exactly_once(short_dir) == 2
