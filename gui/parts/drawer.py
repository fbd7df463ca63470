"""The drawer at the right of a page: the detail of what was opened, closed by Esc."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui.fonts import strong
from gui.parts.controls import icon_button, named
from gui.parts.text import ElidedLabel
from gui.theme import Theme

_WIDTH = 360


class Drawer(QFrame):
    """Holds one widget, made by the page; it stays what it is until the page shows something else."""

    #: It was closed by the operator.
    left = Signal()

    def __init__(self, theme: Theme, name: str, content: QWidget, *, width: int = _WIDTH) -> None:
        """`width` is its width at first, in pixels."""
        super().__init__()
        self._width = width
        self.setObjectName("drawer")
        self.setAccessibleName(name)
        self.setMinimumWidth(300)
        self.title = ElidedLabel(strong(15))
        self.shut_button = icon_button(theme, "x", f"Close {name.lower()} (Esc)", size=26)
        self.shut_button.clicked.connect(self.shut)
        head = QHBoxLayout()
        head.setContentsMargins(16, 0, 10, 0)
        head.addWidget(self.title, 1)
        head.addWidget(self.shut_button)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(named(content, "drawerContent"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(scroll, 1)
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(self._width, super().sizeHint().height())

    @property
    def is_open(self) -> bool:
        """Whether it is open, also while its page is not looked at."""
        return not self.isHidden()

    def open_with(self, title: str) -> None:
        """Open it under this title."""
        self.title.show_text(title)
        self.show()

    def shut(self) -> bool:
        """Close it; tells whether it was open."""
        was_open = self.is_open
        if was_open:
            self.hide()
            self.left.emit()
        return was_open
