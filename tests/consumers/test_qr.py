"""A printed code can't be corrected: it holds the short URL, and its file is what its row says."""

import hashlib
import io
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from consumers import qr_keeper
from consumers.qr_keeper import QrKeeper
from core.consuming.contract import HelperTurn
from core.storage.objects import FileObjects
from tests.consumers.conftest import Applied, files_in
from tests.support.events import created, make_event
from tests.support.waiting import eventually


def decoded(png: bytes) -> str:
    (code,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(png)).convert("L"))
    return str(code.text)


def test_a_code_holds_the_short_url_and_not_the_target(
    apply_to: Callable[[str], Applied], objects: FileObjects
) -> None:
    qr = apply_to("qr")

    qr.give(*(make_event(created(f"link-{number}"), 1 + number) for number in range(5)))

    assert len(qr.rows["codes"]) == 5
    for row in qr.rows["codes"]:
        png = objects.get(row["object_name"])
        assert png is not None
        assert decoded(png) == f"http://short.test/s-{row['link_id']}"


def test_the_row_says_what_the_file_is(apply_to: Callable[[str], Applied], objects: FileObjects) -> None:
    qr = apply_to("qr")

    qr.give(make_event(created("a"), 1))

    (row,) = qr.rows["codes"]
    png = objects.get(row["object_name"]) or b""
    assert row["sha256"] == hashlib.sha256(png).hexdigest()
    assert row["size_bytes"] == len(png) > 0
    # The name follows from link and content: written again, it is the same file.
    assert row["object_name"].startswith("qr/")
    assert row["object_name"].endswith(f"a-{row['sha256']}.png")


def test_the_same_link_drawn_again_is_the_same_file(
    apply_to: Callable[[str], Applied], tmp_path: Path
) -> None:
    qr = apply_to("qr")
    qr.give(make_event(created("a"), 1))
    once = (qr.rows, files_in(tmp_path / "objects"))

    qr.give(make_event(created("a"), 2))

    assert (qr.rows, files_in(tmp_path / "objects")) == once


def _keep(qr: Applied, objects: FileObjects, *, until: Callable[[], bool]) -> None:
    """Run the keeper until something is so."""
    turn = HelperTurn(threading.Event(), threading.Event(), is_paused=lambda: False, term=lambda: 1)
    thread = threading.Thread(target=QrKeeper(qr.database, objects).run, args=(turn,))
    thread.start()
    try:
        eventually(until)
    finally:
        turn.stopping.set()
        turn.woken.set()
        thread.join()


def test_the_row_says_when_the_disk_is_known_to_have_the_image(
    apply_to: Callable[[str], Applied], objects: FileObjects
) -> None:
    qr = apply_to("qr")
    qr.give(make_event(created("a"), 1), make_event(created("b"), 2))
    assert [row["durable"] for row in qr.rows["codes"]] == [False, False]

    _keep(qr, objects, until=lambda: all(row["durable"] for row in qr.rows["codes"]))


def test_an_image_that_a_power_cut_took_is_drawn_again(
    apply_to: Callable[[str], Applied], objects: FileObjects, tmp_path: Path
) -> None:
    qr = apply_to("qr")
    qr.give(make_event(created("lost"), 1), make_event(created("torn"), 2))
    before = files_in(tmp_path / "objects")
    lost, torn = (tmp_path / "objects" / str(row["object_name"]) for row in qr.rows["codes"])
    lost.unlink()
    torn.write_bytes(b"")

    _keep(qr, objects, until=lambda: all(row["durable"] for row in qr.rows["codes"]))

    assert files_in(tmp_path / "objects") == before


def test_all_images_that_a_power_cut_took_are_drawn_again_however_many(
    apply_to: Callable[[str], Applied],
    objects: FileObjects,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(qr_keeper, "AT_ONCE", 2)
    qr = apply_to("qr")
    qr.give(*(make_event(created(f"link-{number}"), 1 + number) for number in range(5)))
    before = files_in(tmp_path / "objects")
    for row in qr.rows["codes"]:
        (tmp_path / "objects" / str(row["object_name"])).unlink()

    _keep(qr, objects, until=lambda: all(row["durable"] for row in qr.rows["codes"]))

    assert files_in(tmp_path / "objects") == before
