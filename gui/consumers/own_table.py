"""The door for what a consumer shows of its own: one more table behind a tab, with acts on its rows.

To let a consumer show something: extend `OwnTable`, and give it a line in `gui.consumers.own_tables.OWN`.
"""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.parts.stage import Stage


class OwnTable(QWidget):
    """What the detail of a consumer knows of it; it reads between `go_on` and `rest`."""

    #: How many rows there are was read.
    counted = Signal(int)
    #: Why nothing can be done, for whoever has asked by a key.
    refused = Signal(str)

    #: What the tab says.
    title = ""
    #: Where the rows are from.
    source = ""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        #: Shown beside the tabs while the table is looked at.
        self.acts: Sequence[QPushButton] = ()
        #: What keys of the page do here.
        self.by_key: Mapping[str, Callable[[], object]] = {}
        #: When the rows were read, in Unix seconds, and how many there were; None = not yet.
        self.read_at: float | None = None
        self.count: int | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        stage.setObjectName("blank")
        layout.addWidget(stage)

    def go_on(self) -> None:
        """Somebody looks at the consumer: read, again and again."""
        raise NotImplementedError

    def rest(self) -> None:
        """Read no more for now."""
        raise NotImplementedError
