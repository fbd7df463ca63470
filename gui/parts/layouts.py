"""How a page puts its parts together: under each other within the margins that all pages have, and two beside each other."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLayout, QSplitter, QVBoxLayout, QWidget

from gui.kept import Kept

#: Left, top, right and bottom of a page, and what is between its parts, in pixels.
_MARGINS = (20, 14, 20, 12)
GAP = 12
#: Between buttons that stand in a row, in pixels.
_ROW_GAP = 8


def lay_out_page(
    page: QWidget, *parts: QWidget | QLayout, rest: QWidget, below: tuple[QWidget, ...] = (), gap: int = GAP
) -> None:
    """Put parts under each other; `rest` takes the room that is left, and `below` is under it."""
    column = QVBoxLayout(page)
    column.setContentsMargins(*_MARGINS)
    column.setSpacing(gap)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part)
        else:
            column.addLayout(part)
    column.addWidget(rest, 1)
    for widget in below:
        column.addWidget(widget)


def beside(
    kept: Kept,
    page: str,
    first: QWidget,
    second: QWidget,
    *,
    grows: int = 0,
    way: Qt.Orientation = Qt.Orientation.Horizontal,
    handle: int = GAP,
    sizes: Sequence[int] = (),
) -> QSplitter:
    """Put two parts of a page beside each other, the one numbered `grows` taking what room comes; neither can be lost.

    Where people have put the line between them is kept; `sizes` are those at first, in pixels.
    """
    split = QSplitter(way)
    split.setHandleWidth(handle)
    split.setChildrenCollapsible(False)
    split.addWidget(first)
    split.addWidget(second)
    split.setStretchFactor(grows, 1)
    if sizes:
        split.setSizes(list(sizes))
    kept.keep(f"split/{page}", split)
    return split


def row_of(*parts: QWidget, stretch: bool = True) -> QHBoxLayout:
    """Put parts into a row, at its left unless they are to fill it."""
    row = QHBoxLayout()
    row.setSpacing(_ROW_GAP)
    for part in parts:
        row.addWidget(part)
    if stretch:
        row.addStretch(1)
    return row
