"""The buttons that put an event, or a part of it, into the clipboard."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from core.operating.events.browser import EventDetail
from gui.events.detail_texts import object_text
from gui.parts.controls import OutcomeButton
from gui.theme import Theme


class CopyBar(QWidget):
    """Copies what is shown; before it was read only the id can be copied."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._event_id = ""
        self._detail: EventDetail | None = None
        self.id = OutcomeButton(theme, "Id", "copy", "Copy the event's id (i)")
        self.payload = OutcomeButton(theme, "Payload", "copy", "Copy the payload (p)")
        self.object = OutcomeButton(theme, "JSON", "copy", "Copy the event as JSON (c)")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part, call in (
            (self.id, self.copy_id),
            (self.payload, self.copy_payload),
            (self.object, self.copy_object),
        ):
            part.clicked.connect(call)
            row.addWidget(part)
        row.addStretch(1)

    def show_event(self, event_id: str, detail: EventDetail | None) -> None:
        """Take what is shown now; None = it is not read yet."""
        self._event_id, self._detail = event_id, detail
        for part in (self.payload, self.object):
            part.setEnabled(detail is not None)

    def copy_id(self) -> None:
        """Put the id into the clipboard."""
        if self._event_id:
            _copy(self.id, self._event_id)

    def copy_payload(self) -> None:
        """Put the payload into the clipboard, as it was written."""
        if self._detail is not None:
            _copy(self.payload, self._detail.row.event.data_json.decode("utf-8", "replace"))

    def copy_object(self) -> None:
        """Put all of the event into the clipboard, as JSON."""
        if self._detail is not None:
            _copy(self.object, object_text(self._detail))


def _copy(shown: OutcomeButton, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    shown.show_outcome("Copied")
