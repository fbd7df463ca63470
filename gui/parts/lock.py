"""Controls that act, where nothing may be changed: they stay disabled whatever their page does, and say why."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from gui.bridge import Bridge

WHY_LOCKED = "Read only: nothing can be changed from this window. Start it without --read-only."


def lock(bridge: Bridge, *controls: QWidget) -> None:
    """Keep these disabled if the window is read only; for controls by which something is changed."""
    if bridge.is_read_only:
        for control in controls:
            _Lock(control).hold()


class _Lock(QObject):
    """Sees to it that its control stays disabled: pages enable theirs as things come and go."""

    def __init__(self, control: QWidget) -> None:
        super().__init__(control)
        self._control = control
        control.installEventFilter(self)

    def hold(self) -> None:
        """Disable it, and let it say why."""
        if self._control.isEnabled():
            self._control.setEnabled(False)
        if self._control.toolTip() != WHY_LOCKED:
            self._control.setToolTip(WHY_LOCKED)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() in (QEvent.Type.EnabledChange, QEvent.Type.ToolTipChange):
            self.hold()
        return super().eventFilter(watched, event)
