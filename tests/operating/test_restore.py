"""A restored data dir goes on as if nothing had happened: every event once, webhooks paused, the old data kept."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.errors import DataDirInUse, StoreUnavailable
from core.operating.backups import swap
from core.operating.backups.backup import back_up
from core.operating.backups.restore import restore
from core.operating.data_dir import DataDir
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.waiting import eventually, never


@contextmanager
def running(settings: Settings) -> Iterator[Desk]:
    """Run a desk with all consumers in this process."""
    desk = Desk.open(settings, program=PROGRAM, run_worker=False)
    try:
        worker = desk.build_worker()
        worker.start()
        yield desk
        assert worker.stop() == []
    finally:
        assert desk.close(10) == []


def receipts(data_dir: Path, name: str) -> int:
    """Count a consumer's receipts; none while it has no tables yet."""
    if not query(data_dir, name, "SELECT 1 FROM sqlite_master WHERE name = 'inbox'"):
        return 0
    return int(query(data_dir, name, "SELECT count(*) FROM inbox")[0][0])


def settled(data_dir: Path, count: int) -> bool:
    """Whether every consumer has dealt with so many events."""
    return all(receipts(data_dir, name) == count for name in PROGRAM.consumers)


def events(data_dir: Path) -> int:
    """Count the committed events."""
    return int(query(data_dir, "links", "SELECT count(*) FROM outbox")[0][0])


def resume_and_count(settings: Settings) -> int:
    """Run a restored data dir, let the webhooks go on, and count everything."""
    with running(settings) as desk:
        desk.create_link("https://example.com/after-the-restore")
        count = events(settings.data_dir)
        eventually(lambda: receipts(settings.data_dir, "billing") == count)
        never(lambda: receipts(settings.data_dir, "webhook") == count, within=0.3)
        desk.resume("webhook", by="ann")
        eventually(lambda: settled(settings.data_dir, count))
    return assert_exactly_once(settings.data_dir)


def test_a_backup_made_under_load_goes_on_in_an_empty_data_dir_and_in_its_own(
    short_dir: Path, tmp_path: Path
) -> None:
    settings = Settings.load(data_dir=short_dir / "a")
    with running(settings) as desk:
        stop = threading.Event()

        def create() -> None:
            number = 0
            while not stop.wait(0.002):
                number += 1
                desk.create_link(f"https://example.com/{number}")

        load = threading.Thread(target=create)
        load.start()
        try:
            eventually(lambda: receipts(settings.data_dir, "qr") > 50)
            made = back_up(settings, tmp_path / "under-load", by="ann")
            beyond = events(settings.data_dir) + 20
            eventually(lambda: events(settings.data_dir) > beyond)
        finally:
            stop.set()
            load.join()
    assert made.manifest.events > 50

    elsewhere = Settings.load(data_dir=short_dir / "b")
    assert restore(elsewhere, made.file, by="ann").kept_aside is None
    assert events(elsewhere.data_dir) == made.manifest.events
    assert resume_and_count(elsewhere) == made.manifest.events + 1

    newer = events(settings.data_dir)
    restored = restore(settings, made.file, by="ann")
    assert restored.kept_aside is not None
    assert events(restored.kept_aside) == newer > made.manifest.events
    assert resume_and_count(settings) == made.manifest.events + 1


@pytest.fixture
def small(short_dir: Path) -> Settings:
    """Give the settings of a data dir with three links that all have dealt with."""
    settings = Settings.load(data_dir=short_dir / "small")
    with running(settings) as desk:
        for number in range(3):
            desk.create_link(f"https://example.com/{number}")
        eventually(lambda: settled(settings.data_dir, 3))
    return settings


def test_webhooks_begin_paused_and_the_journal_says_why(small: Settings, tmp_path: Path) -> None:
    made = back_up(small, tmp_path / "kept", by="ann")

    assert restore(small, made.file, by="bob", why="a new machine").paused == ("webhook",)

    journal = query(small.data_dir, "control", "SELECT by, act, subject, why FROM journal ORDER BY id")
    assert journal[-2:] == [
        ("bob", "pause", "webhook", "restored from kept"),
        ("bob", "restore", "kept", "a new machine"),
    ]
    assert query(small.data_dir, "control", "SELECT consumer, paused FROM controls") == [("webhook", 1)]


def test_an_owned_data_dir_and_one_with_a_running_worker_are_refused(small: Settings, tmp_path: Path) -> None:
    made = back_up(small, tmp_path / "kept", by="ann")
    owner = DataDir(small.data_dir)
    owner.own()

    with pytest.raises(DataDirInUse, match=str(os.getpid())):
        restore(small, made.file, by="ann")
    owner.release()

    attached = Desk.attach(small, program=PROGRAM)
    worker = attached.build_worker(["billing"])
    worker.start()
    eventually(lambda: query(small.data_dir, "control", "SELECT count(*) FROM heartbeats") == [(1,)])
    with pytest.raises(StoreUnavailable, match=f"process {os.getpid()} .* is still running"):
        restore(small, made.file, by="ann")
    assert worker.stop() == []
    attached.close()

    assert sorted(path.name for path in small.data_dir.glob("before-restore-*")) == []
    assert events(small.data_dir) == 3


def test_a_restore_that_was_cut_short_is_finished_at_the_next_start(
    small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(small, tmp_path / "kept", by="ann")
    with running(small) as desk:
        desk.create_link("https://example.com/newer")
    left = iter(range(12))  # All old files are aside by then, and some new ones are in.
    rename = Path.rename

    def crash_after_some(source: Path, target: Path) -> Path:
        if swap.is_under_way(small.data_dir) and next(left, None) is None:
            raise OSError(5, "the power went")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", crash_after_some)
    with pytest.raises(StoreUnavailable, match="finished at the next start"):
        restore(small, made.file, by="ann")
    monkeypatch.undo()
    before = sorted(path.name for path in small.data_dir.iterdir())
    for look in (
        lambda: Desk.attach(small, program=PROGRAM),
        lambda: back_up(small, tmp_path / "half", by="ann"),
        lambda: Installation(small),
    ):
        with pytest.raises(StoreUnavailable, match="being restored"):
            look()
    assert sorted(path.name for path in small.data_dir.iterdir()) == before

    assert resume_and_count(small) == 4
    (aside,) = small.data_dir.glob("before-restore-*")
    assert events(aside) == 4
    assert not swap.is_under_way(small.data_dir)
    assert not (small.data_dir / swap.STAGED).exists()


def test_secrets_come_back_where_they_were_kept_and_stay_where_they_were_not(
    small: Settings, short_dir: Path, tmp_path: Path
) -> None:
    public = small.model_copy(update={"allow_private_targets": True})
    desk = Desk.attach(public, program=PROGRAM)
    added = desk.add_endpoint("https://127.0.0.1:1/")
    kept = back_up(small, tmp_path / "with", by="ann", with_secrets=True)
    without = back_up(small, tmp_path / "without", by="ann")
    desk.close()

    copy = Settings.load(data_dir=short_dir / "copy")
    assert restore(copy, kept.file, by="ann").secrets == 1
    assert restore(copy, without.file, by="ann").secrets == 0

    attached = Desk.attach(copy, program=PROGRAM)
    assert attached._installation.endpoints.secret_of(added.endpoint.endpoint_id) == added.secret
    attached.close()


def test_a_broker_of_somebody_elses_is_emptied_and_filled_again(
    short_dir: Path, tmp_path: Path, broker: EmbeddedBroker
) -> None:
    settings = Settings.load(data_dir=short_dir / "data", broker=broker.url)
    with running(settings) as desk:
        desk.create_link("https://example.com/1")
        eventually(lambda: settled(settings.data_dir, 1))
        made = back_up(settings, tmp_path / "kept", by="ann")
        for number in range(10):
            desk.create_link(f"https://example.com/newer-{number}")
        eventually(lambda: settled(settings.data_dir, 11))

    restore(settings, made.file, by="ann")

    assert resume_and_count(settings) == 2


def test_a_restore_needs_room_before_it_begins(
    small: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up(small, tmp_path / "kept", by="ann")
    usage = os.statvfs(small.data_dir)
    monkeypatch.setattr("core.operating.backups.restore._ROOM_BYTES", usage.f_frsize * usage.f_blocks)

    with pytest.raises(StoreUnavailable, match="MB are free"):
        restore(small, made.file, by="ann")

    assert not (small.data_dir / swap.STAGED).exists()
    assert events(small.data_dir) == 3
