"""Read only: everything can be looked at, every act is refused with its reason, and nothing comes to be."""

import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.consuming.faults import FaultKind, Figures
from core.errors import NotFound, ReadOnly, SchemaTooOld
from core.operating.backups.backup import back_up
from core.operating.backups.restore import restore
from core.operating.desk import Desk
from core.operating.stream_rebuild import rebuild_streams
from core.settings import Settings
from tests.spine.conftest import PROGRAM

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def looking(short_dir: Path) -> Iterator[Desk]:
    """Give a desk that only looks, on a data dir with one link that nobody runs."""
    writing = Desk.attach(Settings.load(data_dir=short_dir), program=PROGRAM)
    writing.create_link("https://example.com/", slug="winter")
    writing.close()
    desk = Desk.attach(Settings.load(data_dir=short_dir, read_only=True), program=PROGRAM)
    yield desk
    desk.close()


ACTS: dict[str, Callable[[Desk], object]] = {
    "create": lambda desk: desk.create_link("https://example.com/2"),
    "edit": lambda desk: desk.edit_link("winter", title="x"),
    "archive": lambda desk: desk.archive_link("winter"),
    "click": lambda desk: desk.click("winter"),
    "pause": lambda desk: desk.pause("qr"),
    "resume": lambda desk: desk.resume("qr"),
    "rebuild": lambda desk: desk.rebuilds.ask("qr"),
    "break": lambda desk: desk.faults.set("qr", FaultKind.FAIL, Figures(next=1), by="ann"),
    "endpoint": lambda desk: desk.add_endpoint("https://example.com/hook"),
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_every_act_is_refused_with_its_reason(looking: Desk, act: Callable[[Desk], object]) -> None:
    with pytest.raises(ReadOnly, match=r"started read only .*SIGNALBOX_READ_ONLY"):
        act(looking)


def test_what_is_there_can_be_looked_at(looking: Desk) -> None:
    snapshot = looking.look()

    assert looking.links.one("winter").target_url == "https://example.com/"
    assert snapshot.outbox.unpublished == 1
    assert [health.name for health in snapshot.consumers] == list(PROGRAM.consumers)


def test_nothing_is_started_restored_made_again_or_backed_up(looking: Desk, tmp_path: Path) -> None:
    settings = looking.settings
    for act in (
        lambda: Desk.open(settings, program=PROGRAM, run_worker=False),
        lambda: restore(settings, tmp_path / "none", by="ann"),
        lambda: rebuild_streams(settings, by="ann"),
        lambda: back_up(settings, tmp_path / "backup", by="ann"),
    ):
        with pytest.raises(ReadOnly):
            act()
    assert not list(tmp_path.iterdir())


def test_where_there_is_nothing_nothing_is_made(short_dir: Path) -> None:
    with pytest.raises(NotFound, match="nothing to look at"):
        Desk.attach(Settings.load(data_dir=short_dir, read_only=True), program=PROGRAM)

    assert not list(short_dir.glob("*.db*"))


def test_the_command_line_looks_and_refuses(looking: Desk, run: Run) -> None:
    seen, refused = run("--read-only", "status"), run("--read-only", "pause", "qr")
    watched = run("--read-only", "watch", "--for", "1", "--json")

    assert (seen.returncode, watched.returncode) == (0, 0), watched.stderr
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("signalbox: Nothing can be changed here: it was started read only")


def test_an_empty_variable_is_no_wish_to_look_only(
    looking: Desk, run: Run, environment: dict[str, str]
) -> None:
    environment |= {"SIGNALBOX_READ_ONLY": "", "SIGNALBOX_COLOUR": "", "SIGNALBOX_PARTITIONS": ""}

    done = run("links", "archive", "winter")

    assert (done.returncode, done.stderr) == (0, "")


def test_what_an_older_version_has_made_is_not_brought_up_to_date_and_says_so(looking: Desk) -> None:
    data_dir = looking.settings.data_dir
    with closing(sqlite3.connect(data_dir / "control.db")) as control, control:
        control.execute("UPDATE schema_version SET version = version - 1")

    with pytest.raises(
        SchemaTooOld, match=r"control\.db was made by an older version\. Open it once without"
    ):
        Desk.attach(looking.settings, program=PROGRAM)
