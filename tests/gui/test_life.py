"""The window's life as a process: it opens, is raised by a second start, and leaves nothing when it closes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.operating.desk import Desk
from core.settings import Settings
from gui.application import Window
from gui.offscreen import draw_window
from tests.gui.conftest import PROGRAM, close
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually


def _start(data_dir: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "SIGNALBOX_DATA_DIR": str(data_dir), "QT_QPA_PLATFORM": "offscreen"}
    return subprocess.Popen(
        [sys.executable, str(MAIN)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _with_all_children(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def test_closing_stops_broker_and_worker(qtbot: QtBot, opened: Window, desk: Desk) -> None:
    pids = [desk.broker_pid, desk.worker_pid]
    assert all(pid is not None and psutil.pid_exists(pid) for pid in pids)

    close(qtbot, opened)

    assert not any(pid is not None and psutil.pid_exists(pid) for pid in pids)


def test_a_window_can_be_closed_while_its_desk_is_still_opening(
    qtbot: QtBot, qapp: QApplication, fonts: None, settings: Settings
) -> None:
    qapp.setQuitOnLastWindowClosed(False)
    window = Window(qapp, settings, PROGRAM)
    window.show()
    window.room.open()

    close(qtbot, window)

    assert window.room.desk is not None
    assert window.room.desk.broker_pid is None or not psutil.pid_exists(window.room.desk.broker_pid)


def test_a_desk_that_cannot_be_opened_says_why_and_can_be_tried_again(
    qtbot: QtBot, qapp: QApplication, fonts: None, settings: Settings
) -> None:
    holder = Desk.open(settings, program=PROGRAM, run_worker=False)
    window = Window(qapp, settings, PROGRAM)
    window.show()
    page = window.frame.error_page
    qtbot.waitUntil(page.isVisible, timeout=60_000)

    assert f"in use by process {os.getpid()}" in page.reason.text()
    assert window.exit_code == 1

    assert holder.close() == []
    page.retry.click()
    qtbot.waitUntil(lambda: window.frame.overview.health.word == "all five running", timeout=60_000)
    assert window.exit_code == 0
    close(qtbot, window)


def test_a_second_start_raises_the_first_window_and_sigterm_ends_it_with_nothing_left(
    short_dir: Path,
) -> None:
    first = _start(short_dir)
    try:
        eventually(lambda: len(_with_all_children(first)) >= 3)
        eventually(lambda: list((short_dir / "logs").glob("worker.log")))

        second = _start(short_dir)
        said, _ = second.communicate(timeout=PATIENCE_S)

        assert second.returncode == 0
        assert "is open on" in said
        assert first.poll() is None
        everything = _with_all_children(first)
        first.send_signal(signal.SIGTERM)
        assert first.wait(PATIENCE_S) == 0
        assert psutil.wait_procs(everything, timeout=10)[1] == []
    finally:
        first.kill()
        first.communicate()


def test_the_window_is_drawn_into_a_file_from_a_picture(
    qapp: QApplication, settings: Settings, tmp_path: Path
) -> None:
    desk = Desk.open(settings, program=PROGRAM, run_worker=True)
    try:
        link = desk.create_link("https://example.com/")
        snapshot = eventually(
            lambda: desk.snapshot if desk.snapshot and _is_consistent(desk, link.link_id) else None,
        )
        assert snapshot is not None

        draw_window(desk, snapshot, tmp_path / "window.png")
    finally:
        assert desk.close() == []

    assert (tmp_path / "window.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "window.png").stat().st_size > 40_000


def _is_consistent(desk: Desk, link_id: str) -> bool:
    snapshot = desk.snapshot
    return snapshot is not None and any(
        journey.link_id == link_id and journey.consistent_ms is not None for journey in snapshot.journeys
    )
