"""A backup is whole, verified and made while everything goes on; a file that is none is refused by name."""

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.errors import BadBackup, BadSettings, DatabaseDamaged, InvalidInput, NotFound, SchemaTooNew
from core.operating.backups.backup import back_up, newest_backup
from core.operating.backups.backup_file import BackupReader
from core.operating.backups.restore import restore
from core.operating.desk import Desk
from core.settings import Settings
from core.storage.schema import SCHEMA_VERSION
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import query
from tests.support.waiting import eventually

LINKS = 12
SECRET = "whsec_" + "c2lnbmFsYm94" * 3 + "c2ln"


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give the settings of a data dir with links that all consumers have dealt with; nothing runs there."""
    settings = Settings.load(data_dir=tmp_path_factory.mktemp("d"), allow_private_targets=True)
    desk = Desk.open(settings, program=PROGRAM, run_worker=False)
    worker = desk.build_worker()
    worker.start()
    desk.add_endpoint("https://127.0.0.1:1/", secret=SECRET)
    for number in range(LINKS):
        desk.create_link(f"https://example.com/{number}")
    names = PROGRAM.consumers
    eventually(
        lambda: all(query(settings.data_dir, n, "SELECT count(*) FROM inbox") == [(LINKS,)] for n in names),
    )
    assert worker.stop() == []
    assert desk.close(10) == []
    return settings


@pytest.fixture(scope="module")
def whole(filled: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a backup of it."""
    return back_up(filled, tmp_path_factory.mktemp("b") / "whole", by="ann").file


def files_of(folder: Path) -> dict[str, bytes]:
    """Read everything below a folder but the lock."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def rewritten(whole: Path, target: Path, change: Callable[[str, bytes], Iterator[tuple[str, bytes]]]) -> Path:
    """Write a backup anew, each entry as `change` gives it."""
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(target, "w") as output:
        for name in source.namelist():
            for new_name, content in change(name, source.read(name)):
                output.writestr(new_name, content)
    return target


# Making


def test_a_backup_counts_what_is_in_it_and_is_for_its_owners_eyes_only(
    filled: Settings, tmp_path: Path
) -> None:
    made = back_up(filled, tmp_path / "one", by="ann")

    assert (made.manifest.links, made.manifest.events, made.manifest.objects) == (LINKS, LINKS, LINKS)
    assert {d.name for d in made.manifest.databases} == {"links", "control", *PROGRAM.consumers}
    assert made.file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["one"]
    assert query(filled.data_dir, "control", "SELECT by, act FROM journal ORDER BY id DESC LIMIT 1") == [
        ("ann", "backup")
    ]
    assert str(made.file) in str(newest_backup(filled.data_dir))


def test_secrets_are_in_it_only_when_they_are_wanted(filled: Settings, tmp_path: Path) -> None:
    without = back_up(filled, tmp_path / "without", by="ann").file
    including = back_up(filled, tmp_path / "with", by="ann", with_secrets=True).file

    with zipfile.ZipFile(without) as opened:
        assert all(SECRET.encode() not in opened.read(name) for name in opened.namelist())
    with BackupReader(including) as reader:
        assert list(reader.secrets().values()) == [SECRET]


def test_an_older_file_is_replaced_only_when_that_is_wanted(filled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "kept"
    file.write_text("older", encoding="utf-8")

    with pytest.raises(InvalidInput, match="exists already"):
        back_up(filled, file, by="ann")
    assert file.read_text(encoding="utf-8") == "older"

    assert back_up(filled, file, by="ann", replace=True).manifest.links == LINKS


def test_a_name_that_no_file_can_have_is_refused(filled: Settings, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="File name too long"):
        back_up(filled, tmp_path / ("a" * 5_000), by="ann")

    assert list(tmp_path.glob("a*")) == []


def test_what_cannot_be_backed_up_is_said(filled: Settings, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nothing to back up"):
        back_up(Settings.load(data_dir=tmp_path / "empty"), tmp_path / "file", by="ann")
    elsewhere = Settings.load(data_dir=filled.data_dir, database="postgresql+psycopg://u@h/d")
    with pytest.raises(BadSettings, match="pg_dump"):
        back_up(elsewhere, tmp_path / "file", by="ann")


def test_a_consumer_that_has_only_just_begun_is_left_out(
    filled: Settings, whole: Path, tmp_path: Path
) -> None:
    copy = Settings.load(data_dir=tmp_path / "copy")
    restore(copy, whole, by="ann")
    (copy.data_dir / "billing.db").write_bytes(b"")

    made = back_up(copy, tmp_path / "file", by="ann")

    assert {d.name for d in made.manifest.databases} == {"links", "control", *PROGRAM.consumers} - {"billing"}
    assert restore(copy, made.file, by="ann").kept_aside is not None
    assert not (copy.data_dir / "billing.db").exists()


def test_a_damaged_database_is_named_and_an_older_backup_stays(
    filled: Settings, whole: Path, tmp_path: Path
) -> None:
    copy = Settings.load(data_dir=tmp_path / "copy")
    restore(copy, whole, by="ann")
    file = back_up(copy, tmp_path / "good", by="ann").file
    good = file.read_bytes()
    damage(copy.data_dir / "billing.db")

    with pytest.raises(DatabaseDamaged, match=r"billing\.db is damaged"):
        back_up(copy, file, by="ann", replace=True)

    assert file.read_bytes() == good
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "good"]


def damage(path: Path) -> None:
    """Overwrite pages in the middle of a database file with noise; its first page stays."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = raw.execute("PRAGMA page_size").fetchone()
    raw.close()
    content = bytearray(path.read_bytes())
    content[page : page * 4] = b"\xa5" * (page * 3)
    path.write_bytes(content)


# Refusing


def test_a_file_that_was_cut_anywhere_is_refused_and_nothing_is_changed(whole: Path, tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data")
    restore(settings, whole, by="ann")
    before = files_of(settings.data_dir)
    content = whole.read_bytes()

    for size in (0, 1, 100, len(content) // 2, len(content) - 1):
        cut = tmp_path / f"cut-{size}"
        cut.write_bytes(content[:size])
        with pytest.raises(BadBackup, match="no whole backup"):
            restore(settings, cut, by="ann")

    assert files_of(settings.data_dir) == before


def test_a_flipped_byte_anywhere_is_refused_and_nothing_is_changed(whole: Path, tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data")
    restore(settings, whole, by="ann")
    before = files_of(settings.data_dir)
    content = whole.read_bytes()
    with zipfile.ZipFile(whole) as opened:
        places = [info.header_offset + 30 + len(info.filename) + 40 for info in opened.infolist()]

    for place in places:
        damaged = tmp_path / "damaged"
        damaged.write_bytes(content[:place] + bytes([content[place] ^ 0x5A]) + content[place + 1 :])
        with pytest.raises(BadBackup, match=r"damaged|no whole backup"):
            restore(settings, damaged, by="ann")

    assert files_of(settings.data_dir) == before


@pytest.mark.parametrize(
    "name",
    [
        "../evil.db",
        "/etc/evil",
        "objects/../../evil",
        "databases/..\\evil.db",
        "objects/.hidden",
        "databases/a/b.db",
        "signalbox.lock",
        "objects/a\x00b",
        "C:/evil",
    ],
)
def test_an_entry_that_leads_elsewhere_is_refused(whole: Path, tmp_path: Path, name: str) -> None:
    def with_another(entry: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        if entry != "manifest.json":
            yield entry, content
            return
        manifest = json.loads(content)
        manifest["members"].append({"name": name, "size": 4, "sha256": "0" * 64})
        yield entry, json.dumps(manifest).encode()
        yield name, b"evil"

    evil = rewritten(whole, tmp_path / "evil", with_another)

    with pytest.raises(BadBackup, match="is refused"):
        restore(Settings.load(data_dir=tmp_path / "data"), evil, by="ann")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["evil"]


def test_an_entry_that_the_manifest_does_not_name_is_refused(whole: Path, tmp_path: Path) -> None:
    def with_another(entry: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        yield entry, content
        if entry == "manifest.json":
            yield "objects/qr/more.png", b"more"

    with pytest.raises(BadBackup, match="not those of its manifest"):
        restore(
            Settings.load(data_dir=tmp_path / "data"),
            rewritten(whole, tmp_path / "more", with_another),
            by="ann",
        )


def test_a_backup_of_a_newer_program_is_refused_with_its_version(whole: Path, tmp_path: Path) -> None:
    def newer(entry: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        if entry == "manifest.json":
            manifest = json.loads(content)
            for database in manifest["databases"]:
                database.update(schema_version=SCHEMA_VERSION + 1, made_by="9.9.9")
            content = json.dumps(manifest).encode()
        yield entry, content

    def newer_form(entry: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        yield entry, b'{"format": 2, "made_by": "10.0"}' if entry == "manifest.json" else content

    settings = Settings.load(data_dir=tmp_path / "data")
    with pytest.raises(SchemaTooNew, match=r"made by Signalbox 9\.9\.9"):
        restore(settings, rewritten(whole, tmp_path / "newer", newer), by="ann")
    with pytest.raises(BadBackup, match=r"made by Signalbox 10\.0"):
        restore(settings, rewritten(whole, tmp_path / "form", newer_form), by="ann")
    assert not settings.data_dir.exists()


def test_a_file_that_is_something_else_is_refused(tmp_path: Path) -> None:
    settings = Settings.load(data_dir=tmp_path / "data")
    (tmp_path / "text").write_text("no backup", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "zip", "w") as other:
        other.writestr("hello.txt", "hello")

    with pytest.raises(BadBackup, match="no whole backup"):
        restore(settings, tmp_path / "text", by="ann")
    with pytest.raises(BadBackup, match="no whole backup"):
        restore(settings, tmp_path / "zip", by="ann")
    with pytest.raises(BadBackup, match="can't be read"):
        restore(settings, tmp_path / "absent", by="ann")
