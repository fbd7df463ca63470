"""The chip that tells how many rows are new above what is seen; a click leads there."""

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHeaderView, QPushButton, QWidget

from gui.formatting import count

_RIGHT = 8


class NewRowsChip(QPushButton):
    """Hidden while there are none. It stands at the right end of the titles, so that it covers no row."""

    def __init__(self, header: QHeaderView, parent: QWidget) -> None:
        super().__init__(parent)
        self._header = header
        self.setObjectName("chip")
        self.hide()

    def tell(self, new: int) -> None:
        """Tell of so many new rows; 0 hides it."""
        self.setText(f"{count(new)} new")
        self.setAccessibleName(f"{count(new)} new above, go to the top")
        self.setVisible(new > 0)
        self.place()

    def place(self) -> None:
        """Stand where it belongs; call it when the table has another size."""
        self.adjustSize()
        left = self._header.width() - self.width() - _RIGHT
        down = (self._header.height() - self.height()) // 2
        self.move(self._header.pos() + QPoint(max(0, left), max(0, down)))
        self.raise_()
