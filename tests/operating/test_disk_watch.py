"""Little space is warned of, next to none stops what writes in the background, and all ends by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.consuming import control_tables
from core.consuming.controls import Wanted
from core.consuming.standstill import Standstill, as_obeyed, standstill
from core.operating.snapshot import Cause, Severity
from core.operating.upkeep.disk_watch import DiskWatch, disk_notice
from core.storage.database import Database, open_sqlite
from core.storage.file_systems import Space
from core.storage.schema import prepare

MIB = 2**20
WARN, STOP = 1024 * MIB, 200 * MIB


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    """Give a control database."""
    database = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(database, control_tables.metadata)
    yield database
    database.close()


def of(free_mib: int, *, is_writable: bool = True) -> tuple[Cause, Severity] | None:
    found = disk_notice(Space(free_mib * MIB, is_writable), Path("/data"), WARN, STOP)
    return None if found is None else (found.cause, found.severity)


def test_the_limits_are_where_they_are_said_to_be() -> None:
    assert of(1024) is None
    assert of(1023) == (Cause.DISK_LOW, Severity.WARN)
    assert of(200) == (Cause.DISK_LOW, Severity.WARN)
    assert of(199) == (Cause.DISK_FULL, Severity.BAD)
    assert of(5_000, is_writable=False) == (Cause.READ_ONLY, Severity.BAD)


def test_a_notice_has_the_figures_and_the_place() -> None:
    found = disk_notice(Space(150 * MIB, True), Path("/data"), WARN, STOP)

    assert found is not None
    assert found.why == "150 MiB are free for /data, less than 200."


def test_consumers_stand_still_below_the_limit_and_go_on_above_it(
    tmp_path: Path, control: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = DiskWatch(tmp_path, warn_mib=1024, stop_mib=200, look_s=0.001)

    def free(mib: int) -> str | None:
        monkeypatch.setattr(
            "core.operating.upkeep.disk_watch.space_of", lambda _folder: Space(mib * MIB, True)
        )
        watch._looked_at = float("-inf")
        watch.look(control)
        return standstill(control)

    assert free(5_000) is None
    assert "nearly full" in str(free(199))
    assert "nearly full" in str(free(10))
    assert free(500) is None
    assert watch.notice is not None
    assert free(5_000) is None
    assert watch.notice is None


def test_only_who_owns_the_data_dir_lets_consumers_stand_still(tmp_path: Path, control: Database) -> None:
    watch = DiskWatch(tmp_path, warn_mib=2**40, stop_mib=2**39, look_s=30)

    watch.look(None)

    assert watch.notice is not None
    assert standstill(control) is None


def test_a_standstill_dies_with_whoever_asked_for_it(control: Database) -> None:
    Standstill(control, "disk").ask("no space", seconds=60)
    assert standstill(control) == "no space"

    Standstill(control, "disk").ask("no space", seconds=-1)

    assert standstill(control) is None


def test_what_operators_want_holds_again_when_a_standstill_is_over() -> None:
    paused = Wanted(3, paused=True, paused_until=9e9, changed_by="ann")
    running = Wanted(4, changed_by="ann")

    assert as_obeyed(running, "no space").is_paused(0)
    assert as_obeyed(running, "no space").version == 4
    assert as_obeyed(running, None) is running
    assert as_obeyed(paused, None) is paused
