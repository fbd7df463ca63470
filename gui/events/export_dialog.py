"""The dialog that writes the events that fit the filter into a file, or one alone."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event as Flag

from PySide6.QtWidgets import QWidget

from core.operating.desk import Desk
from core.operating.exports import Exported
from gui.events.wanted import Wanted
from gui.fonts import words
from gui.formatting import count, plural
from gui.page import Tools
from gui.parts.file_export import FileExport
from gui.parts.text import label

_DOES = "One JSON object a line, newest first. What is committed meanwhile is not in it."
_ONE = "One JSON object: its attributes, its place, and its data."


class _Progress:
    """How far an export is; written in its thread, read by the window's."""

    def __init__(self) -> None:
        self.now = (0, 0)

    def note(self, found: int, looked_at: int) -> None:
        """Take how many were found, and looked at."""
        self.now = (found, looked_at)


class ExportDialog(FileExport):
    """Writes what fits the filter; with an `event_id` that event, whatever the filter is."""

    def __init__(self, tools: Tools, wanted: Wanted, parent: QWidget, *, event_id: str = "") -> None:
        super().__init__(tools, "event", "jsonl", parent)
        self._wanted, self._event_id, self._progress = wanted, event_id, _Progress()
        which = f"Event {event_id} alone." if event_id else f"{wanted.words}."
        self.lay_out(label(which, words(13)), label(_ONE if event_id else _DOES, words(13), "muted"))

    def call(self, path: Path, *, overwrite: bool) -> Callable[[Desk], Exported]:
        """See `FileExport.call`."""
        self._progress = _Progress()
        if self._event_id:
            return partial(_export_one, path, self._event_id, self.stopping, overwrite)
        return partial(_export, path, self._wanted, self._progress, self.stopping, overwrite)

    @property
    def progress(self) -> str:
        """See `FileExport.progress`."""
        found, looked_at = self._progress.now
        return f"{plural(found, 'event')} written, {count(looked_at)} looked at"

    @property
    def kinds(self) -> str:
        """See `FileExport.kinds`."""
        return "JSON lines (*.jsonl)"


def _export(
    path: Path, wanted: Wanted, progress: _Progress, stopping: Flag, overwrite: bool, desk: Desk
) -> Exported:
    events = desk.reading_room.events
    chosen = wanted.filter(events)
    return events.export(path, chosen, stop=stopping, progress=progress.note, overwrite=overwrite)


def _export_one(path: Path, event_id: str, stopping: Flag, overwrite: bool, desk: Desk) -> Exported:
    return desk.reading_room.events.export_one(path, event_id, stop=stopping, overwrite=overwrite)
