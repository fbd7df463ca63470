"""Takes a picture of every page, light and dark, with a real worker behind it: python -m tests.gui.take_screenshots FOLDER

QT_SCALE_FACTOR=2 takes them at twice the size. Nobody's display is needed.
"""

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest

from core.consuming.faults import FaultKind, Figures
from core.operating.desk import Desk
from core.operating.snapshot import Snapshot
from core.settings import Settings
from gui.application import Window, build_application
from gui.pages import PAGES
from gui.targets import Kind, Target
from gui.theme import Choice
from gui.window_place import FRAMED_MS
from tests.gui.conftest import PROGRAM
from tests.gui.settling import pause

#: How long a page may take until it has read and painted everything, in milliseconds.
_SETTLE_MS = 1_500
_PATIENCE_S = 30.0
#: The size of the pictures, whatever screen there is.
_SIZE = QSize(1280, 800)
#: Until every worker knows of a fault, in seconds.
_FAULT_KNOWN_S = 1.5
#: How long a check of the ledger may take, in milliseconds.
_CHECK_MS = 8_000
#: What the pages are asked that show nothing by themselves.
_ASKED = {
    "Trace": Target(Kind.LINK, "launch"),
    "Why?": Target(Kind.QUESTION, "broken webhook"),
}
_ADDRESSES = (
    "https://example.com/spring-sale",
    "https://example.org/handbook/on-call?from=wiki",
    "https://example.net/konferenz/köln/programm",
    "https://example.com/careers/operator",
)


def _wait(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("The window does not come to what the pictures are to show.")
        pause(25)


def _operate(desk: Desk) -> None:
    """Let something have happened: links, failed attempts, dead letters, faults and pauses of which one each stands."""
    for address in _ADDRESSES[:2]:
        desk.create_link(address, tags=("demo",))
    _pause_now(desk, "webhook", None, by="ben@night", why="drill")
    _pause_now(desk, "billing", 3_600, by="ana@desk", why="month's end")
    for address in _ADDRESSES[2:]:
        desk.create_link(address, tags=("demo",))
    broken = desk.create_link("https://example.com/broken", slug="broken")
    desk.faults.set("webhook", FaultKind.FAIL_LINK, Figures(link=broken.slug), by="ben@night", why="drill")
    desk.edit_link(broken.slug, title="Never arrives")
    desk.click("broken", user_agent="Firefox/140.0")
    _until(lambda: desk.qr_png(broken.link_id))
    # The QR code of the next one is drawn at the fourth attempt.
    desk.faults.set("qr", FaultKind.FAIL, Figures(next=3, transient=True), by="ben@night", why="drill")
    threading.Event().wait(_FAULT_KNOWN_S)
    desk.create_link("https://example.com/launch", slug="launch", title="Launch day")
    desk.resume("webhook", by="ben@night", why="drill")


def _pause_now(desk: Desk, consumer: str, seconds: float | None, *, by: str, why: str) -> None:
    """Pause a consumer and wait until its worker has obeyed."""
    version = desk.pause(consumer, seconds=seconds, by=by, why=why)
    _until(lambda: desk.snapshot and (consumer, version) in _obeyed(desk.snapshot))


def _obeyed(snapshot: Snapshot) -> set[tuple[str, int | None]]:
    return {(health.name, health.obeyed_version) for health in snapshot.consumers}


def _until(condition: Callable[[], object]) -> None:
    """Wait in a thread that is not the window's."""
    deadline = time.monotonic() + _PATIENCE_S
    while not condition() and time.monotonic() < deadline:
        threading.Event().wait(0.05)


def _take(window: Window, name: str, folder: Path) -> None:
    suffix = "" if window.frame.devicePixelRatioF() == 1 else f"-{window.frame.devicePixelRatioF():g}x"
    for choice in (Choice.LIGHT, Choice.DARK):
        window.theme.choose(choice)
        pause(100)
        picture = window.frame.grab()
        if picture.deviceIndependentSize().toSize() != _SIZE:
            raise ValueError(f"The picture of {name} is of {picture.size().toTuple()}.")
        picture.save(str(folder / f"{name}-{choice.value}{suffix}.png"))


def _visit_all(window: Window, folder: Path) -> None:
    for number, place in enumerate(PAGES):
        window.frame.go(number)
        page = window.frame.pages.looked_at
        if page is not None and place.title in _ASKED:
            page.go_to(_ASKED[place.title])
        pause(_SETTLE_MS)
        if place.title == "Ledger":
            pause(_CHECK_MS)
        name = "".join(
            letter for letter in place.title.lower().replace(" ", "-") if letter.isalpha() or letter == "-"
        )
        _take(window, name, folder)
    journal = [place.title for place in PAGES].index("Journal")
    window.frame.go(journal)
    page = window.frame.pages.looked_at
    focused = None if page is None else window.frame.focusWidget()
    if focused is not None:
        QTest.keyClicks(focused, "j")
        QTest.keyClick(focused, Qt.Key.Key_Return)
        pause(_SETTLE_MS)
        _take(window, "journal-act", folder)


def main(folder: Path) -> None:
    """Take them all."""
    folder.mkdir(parents=True, exist_ok=True)
    application = build_application()
    application.setQuitOnLastWindowClosed(False)
    with tempfile.TemporaryDirectory(prefix="sb") as data_dir:
        window = Window(application, Settings.load(data_dir=Path(data_dir)), PROGRAM)
        window.finished.connect(application.quit)
        window.show()
        # A window that is new fits itself to its screen, and the one that nobody sees is smaller than the pictures.
        pause(2 * FRAMED_MS)
        window.frame.resize(_SIZE)
        try:
            _wait(lambda: window.room.desk and window.frame.overview.health.word == "all five running")
            assert window.room.desk is not None
            acting = threading.Thread(target=_operate, args=(window.room.desk,))
            acting.start()
            _wait(lambda: not acting.is_alive())
            _visit_all(window, folder)
        finally:
            window.frame.close()
            application.exec()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
