"""Events are written into files, all that fit the filter or one alone; what is stopped leaves no file."""

import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from gui.events.page import EventsPage
from tests.gui.events.looking import (
    Soon,
    commit_old,
    shown,
)
from tests.support.waiting import PATIENCE_S


def begin_export(page: EventsPage, path: Path) -> Any:
    page.take_away.click()
    dialog = page.dialogs.export
    assert dialog is not None
    assert dialog.isVisible()
    dialog.path.setText(str(path))
    dialog.go.click()
    return dialog


def test_what_fits_the_filter_is_exported(page: EventsPage, desk: Desk, soon: Soon, tmp_path: Path) -> None:
    commit_old(desk, 250)
    page.bars.filter.choose("Type", "LinkCreated.v1")
    soon(lambda: len(shown(page)) == 25)
    file = tmp_path / "events.jsonl"

    dialog = begin_export(page, file)
    soon(lambda: dialog.said.text() == f"25 events written to {file}")
    dialog.leave.click()
    assert len(file.read_text().splitlines()) == 25

    again = begin_export(page, file)
    soon(lambda: again.go.text() == "Replace the file")
    assert again.go.objectName() == "danger"
    again.go.click()
    soon(lambda: again.said.text().startswith("25 events written"))
    again.reject()


def test_an_export_that_is_stopped_leaves_no_file(
    page: EventsPage, desk: Desk, soon: Soon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit_old(desk, 100)
    monkeypatch.setattr("core.operating.events.browser._EXPORT_AT_ONCE", 10)
    reached, go = threading.Event(), threading.Event()
    older = desk.reading_room.events.pages.older

    def slowly(*args: Any, **words: Any) -> Any:
        reached.set()
        assert go.wait(PATIENCE_S)
        return older(*args, **words)

    monkeypatch.setattr(desk.reading_room.events.pages, "older", slowly)
    file = tmp_path / "events.jsonl"

    dialog = begin_export(page, file)
    soon(reached.is_set)
    assert not dialog.go.isEnabled()
    assert dialog.leave.text() == "Stop"
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    go.set()
    soon(lambda: dialog.said.text() == "Stopped: there is no file.")

    assert list(tmp_path.glob("events*")) == []
    dialog.reject()
    assert not dialog.isVisible()
