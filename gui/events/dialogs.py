"""The dialogs of the Events page: taking events away, and publishing one again. One of each at a time."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from gui.events.export_dialog import ExportDialog
from gui.events.republish_dialog import RepublishDialog
from gui.events.wanted import Wanted
from gui.page import Tools


class EventDialogs(QObject):
    """Opens them over the page."""

    #: This event shall be shown.
    wanted = Signal(str)

    def __init__(self, tools: Tools, parent: QWidget) -> None:
        super().__init__(parent)
        self._tools, self._parent = tools, parent
        #: Those that were opened last.
        self.export: ExportDialog | None = None
        self.republish: RepublishDialog | None = None

    def export_all(self, wanted: Wanted) -> None:
        """Write the events that are wanted into a file."""
        self._open_export(ExportDialog(self._tools, wanted, self._parent))

    def export_one(self, event_id: str) -> None:
        """Write one event into a file."""
        if event_id:
            self._open_export(ExportDialog(self._tools, Wanted(), self._parent, event_id=event_id))

    def publish_again(self, event_id: str) -> None:
        """Let the operator publish an event again."""
        if not event_id:
            return
        if self.republish is not None:
            self.republish.deleteLater()
        self.republish = RepublishDialog(self._tools, event_id, self._parent)
        self.republish.opened.connect(self.wanted)
        self.republish.open()

    def stop(self) -> None:
        """Cancel an export that is under way."""
        if self.export is not None:
            self.export.stop()

    def _open_export(self, dialog: ExportDialog) -> None:
        if self.export is not None:
            self.export.deleteLater()
        self.export = dialog
        dialog.open()
