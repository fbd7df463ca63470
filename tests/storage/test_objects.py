"""An object is there whole or not at all, whoever reads while it is written."""

import threading
from pathlib import Path

import pytest

from core.errors import StoreUnavailable
from core.storage.objects import FileObjects
from tests.support.waiting import PATIENCE_S


@pytest.fixture
def objects(tmp_path: Path) -> FileObjects:
    return FileObjects(tmp_path / "objects")


def test_objects_come_back_as_they_were_put(objects: FileObjects) -> None:
    many = {f"qr/link{number}/code.png": bytes([number]) * 1000 for number in range(40)}

    objects.put_all(many.items())

    assert {name: objects.get(name) for name in many} == many


def test_what_was_never_put_is_none(objects: FileObjects) -> None:
    assert objects.get("qr/nobody/code.png") is None


def test_putting_the_same_again_is_harmless_and_leaves_nothing_else_behind(
    objects: FileObjects, tmp_path: Path
) -> None:
    for _ in range(3):
        objects.put_all([("qr/l1/code.png", b"png")])

    assert objects.get("qr/l1/code.png") == b"png"
    assert [file.name for file in (tmp_path / "objects").rglob("*") if file.is_file()] == ["code.png"]


def test_a_reader_never_sees_half_an_object(objects: FileObjects) -> None:
    versions = [bytes([number]) * 300_000 for number in range(2)]
    objects.put_all([("big", versions[0])])
    seen: list[bytes | None] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.append(objects.get("big"))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        objects.put_all([("big", versions[number % 2])])
    stop.set()
    reader.join(PATIENCE_S)

    assert seen
    assert all(content in versions for content in seen)


def test_folders_are_for_their_owner_only(objects: FileObjects, tmp_path: Path) -> None:
    objects.put_all([("qr/l1/code.png", b"png")])

    assert (tmp_path / "objects" / "qr" / "l1").stat().st_mode & 0o077 == 0


def test_a_place_that_can_not_be_written_is_unavailable(objects: FileObjects, tmp_path: Path) -> None:
    (tmp_path / "objects").mkdir()
    (tmp_path / "objects" / "qr").write_text("a file where a folder must be")

    with pytest.raises(StoreUnavailable, match="Object store"):
        objects.put_all([("qr/l1/code.png", b"png")])
    with pytest.raises(StoreUnavailable, match="Object store"):
        objects.get("qr/l1/code.png")


def test_making_durable_returns_and_changes_nothing(objects: FileObjects) -> None:
    objects.put_all([("qr/l1/code.png", b"png")])

    objects.make_durable(["qr/l1/code.png"])

    assert objects.get("qr/l1/code.png") == b"png"
