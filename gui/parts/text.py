"""Labels: with a role that gives them their colour; one that elides what does not fit, and one that takes its lines."""

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QStyleOption, QWidget

from gui.fonts import words


def label(text: str, font: QFont, role: str = "text") -> QLabel:
    """Make a label whose colour follows its role: text, muted, ok, warn or bad."""
    made = QLabel(text)
    made.setFont(font)
    made.setProperty("role", role)
    return made


def set_role(widget: QWidget, role: str, name: str = "role") -> None:
    """Give a widget another role; its style follows at once."""
    if widget.property(name) != role:
        widget.setProperty(name, role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """One line that takes what room there is; what it has to cut, its tooltip tells."""

    def __init__(
        self, font: QFont, role: str = "text", mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight
    ) -> None:
        super().__init__()
        self.setFont(font)
        self.setProperty("role", role)
        self._mode = mode
        self._whole = ""
        self._tip = ""
        #: Width of the whole text, measured when it was set; None = not yet, in this font.
        self._width: int | None = None

    @property
    def whole(self) -> str:
        """The text before anything was cut."""
        return self._whole

    def show_text(self, text: str, tip: str = "") -> None:
        """Show a text; `tip` explains it also while nothing is cut."""
        if (text, tip) == (self._whole, self._tip):
            return
        said_before, wide_before = self._whole, self._whole_width()
        self._whole, self._tip = text, tip
        if text != said_before:
            self._width = None
        self._explain()
        if text == said_before:
            return
        self.setAccessibleName(text)
        # Figures that change ask for no other room; a text that is as long as the last one may still need more.
        if len(text) != len(said_before) or self._whole_width() > max(self.width(), wide_before):
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(self._whole_width() + 2, self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.fontMetrics().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._width = None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._explain()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        option = QStyleOption()
        option.initFrom(self)
        cut = self._whole
        if self._whole_width() > self.width():
            cut = self.fontMetrics().elidedText(self._whole, self._mode, self.width())
        self.style().drawItemText(
            painter, self.rect(), int(self.alignment()), option.palette, True, cut, self.foregroundRole()
        )

    def _explain(self) -> None:
        cut = self._whole_width() > self.width()
        parts = [self._whole] if cut else []
        self.setToolTip("\n".join([*parts, self._tip] if self._tip else parts))

    def _whole_width(self) -> int:
        if self._width is None:
            self._width = self.fontMetrics().horizontalAdvance(self._whole)
        return self._width


class Sentence(QLabel):
    """Takes the lines that it needs, and no room while nothing is said: layouts guess the height of such texts."""

    def __init__(self, role: str, width: int) -> None:
        super().__init__()
        self.setFont(words(13))
        self.setProperty("role", role)
        self.setWordWrap(True)
        self.setFixedWidth(width)
        self.hide()

    def say(self, text: str, role: str = "") -> None:
        """Say this, perhaps in another role."""
        if role:
            set_role(self, role)
        self.setText(text)
        self.setAccessibleName(text)
        self.setFixedHeight(max(0, self.heightForWidth(self.width())))
        self.setVisible(bool(text))
