"""The box for what is to be followed, and how its time is told."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.icons import icon
from gui.kept import Kept
from gui.parts.controls import Chooser, button
from gui.theme import Theme
from gui.trace.time_scale import Axis

_OFFER = "A slug or short URL, or the id of a link, event or trace"
_KEPT = "trace/axis"


class FollowBar(QWidget):
    """`asked` comes with what was typed, `axis_chosen` with how the time is to be told; the latter is kept."""

    asked = Signal(str)
    axis_chosen = Signal(object)

    def __init__(self, theme: Theme, kept: Kept) -> None:
        super().__init__()
        self._kept = kept
        self.field = QLineEdit()
        self.field.setAccessibleName("What to follow")
        self.field.setPlaceholderText(_OFFER)
        self.field.setToolTip(_OFFER)
        self.field.setMaxLength(300)
        self.field.addAction(icon(theme, "search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        for sign in self.field.findChildren(QToolButton):
            sign.setAccessibleName("Search")
        self.button = button(theme, "Follow", name="Follow it")
        self.button.setObjectName("primary")
        self.axis = Chooser(theme, "How the time is told")
        self.axis.addItems([axis.value for axis in Axis])
        self.axis.setCurrentText(self.kept_axis.value)
        self.closer = button(theme, "+", name="Zoom in")
        self.further = button(theme, "\N{MINUS SIGN}", name="Zoom out")
        self.fit = button(theme, "Fit", name="Show all of the time")
        self._lay_out()
        self.field.returnPressed.connect(self._ask)
        self.button.clicked.connect(self._ask)
        self.axis.activated.connect(self._choose)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        for part in (self.button, self.axis, self.closer, self.further, self.fit):
            row.addWidget(part)
        self.closer.setToolTip("Zoom in ( + )")
        self.show_whole(is_whole=True)

    @property
    def kept_axis(self) -> Axis:
        """How the time was told last."""
        kept = self._kept.value(_KEPT)
        return Axis(kept) if kept in set(Axis) else Axis.FASTER

    def focus(self) -> None:
        """Put the keyboard into the box; what was typed can be typed over."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def show_name(self, name: str) -> None:
        """Show what is followed."""
        self.field.setText(name)
        self.field.setCursorPosition(0)

    def show_whole(self, is_whole: bool) -> None:
        """Say whether all of the time is seen: then there is no more of it."""
        for part, key in ((self.further, "-"), (self.fit, "f")):
            part.setEnabled(not is_whole)
            part.setToolTip("All of the time is shown" if is_whole else f"{part.accessibleName()} ( {key} )")

    def _ask(self) -> None:
        name = self.field.text().strip()
        if name:
            self.asked.emit(name)
        else:
            self.field.setFocus()

    def _choose(self, number: int) -> None:
        axis = list(Axis)[number]
        self._kept.put(_KEPT, axis.value)
        self.axis_chosen.emit(axis)
