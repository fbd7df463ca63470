"""The Trace page as a test looks at it: its steps by lane and kind, and the time line as somebody points at it."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from core.operating.traces.trace import StepKind
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.trace.page import TracePage
from gui.trace.rows import StepRow

Soon = Callable[[Callable[[], object]], None]
TRACE = [place.title for place in PAGES].index("Trace")


def looked_at(window: MainWindow) -> TracePage:
    """Turn to the Trace page; its model is watched from then on."""
    window.go(TRACE)
    shown = window.pages.looked_at
    assert isinstance(shown, TracePage)
    QAbstractItemModelTester(shown.table.rows, QAbstractItemModelTester.FailureReportingMode.Fatal, shown)
    return shown


def row_of(page: TracePage, lane: str, kind: StepKind, event_id: str = "") -> StepRow | None:
    """Give the first step of this kind in a lane; None = it is not there yet."""
    return next(
        (
            row
            for row in page.table.rows.rows
            if (row.step.lane, row.step.kind) == (lane, kind) and row.step.event_id.startswith(event_id)
        ),
        None,
    )


def tap(page: TracePage, row: StepRow) -> None:
    """Click at a step where the time line has it."""
    place = page.chart.place_of(row.key)
    assert place is not None
    QTest.mouseClick(page.chart.viewport(), Qt.MouseButton.LeftButton, pos=place)
