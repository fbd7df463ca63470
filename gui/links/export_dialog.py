"""The dialog that writes links into a file: which ones, and as what."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event as Flag

from PySide6.QtWidgets import QWidget

from core.operating.desk import Desk
from core.operating.exports import Exported
from core.operating.links.files import Form
from core.operating.links.roll import LinkQuery
from gui.fonts import words
from gui.formatting import count, plural
from gui.page import Tools
from gui.parts.controls import Chooser
from gui.parts.file_export import FileExport
from gui.parts.text import label

_FORMS = {
    Form.CSV: "CSV, for spreadsheets",
    Form.JSON: "JSON, for programs",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Which links are to be written: those selected, or else all that fit the filter when it begins."""

    query: LinkQuery
    selected: tuple[str, ...]
    #: The filter in words; empty = there is none.
    filter_words: str

    @property
    def words(self) -> str:
        """Say which ones."""
        if self.selected:
            return f"{plural(len(self.selected), 'selected link')}"
        return f"All links with {self.filter_words}" if self.filter_words else "All links"


class _Progress:
    """How far an export is; written in its thread, read by the window's."""

    def __init__(self, total: int | None = None) -> None:
        self.written = 0
        #: How many there are; None = they are not counted yet.
        self.total = total

    def note(self, written: int) -> None:
        """Take how many are written."""
        self.written = written


class ExportDialog(FileExport):
    """Writes them in the order of the table."""

    def __init__(self, tools: Tools, scope: Scope, parent: QWidget) -> None:
        super().__init__(tools, "link", Form.CSV, parent)
        self._scope, self._progress = scope, _Progress()
        self.form = Chooser(tools.theme, "Form of the file")
        self.form.addItems(list(_FORMS.values()))
        self.form.currentIndexChanged.connect(self._rename)
        which = label(f"{scope.words}, in the order of the table.", words(13))
        which.setWordWrap(True)
        self.lay_out(which, self.form)

    def call(self, path: Path, *, overwrite: bool) -> Callable[[Desk], Exported]:
        """See `FileExport.call`."""
        self._progress = _Progress(len(self._scope.selected) or None)
        return partial(_export, path, self._scope, self._chosen, self._progress, self.stopping, overwrite)

    @property
    def progress(self) -> str:
        """See `FileExport.progress`."""
        total = self._progress.total
        return f"{count(self._progress.written)} of {'?' if total is None else plural(total, 'link')} written"

    @property
    def kinds(self) -> str:
        """See `FileExport.kinds`."""
        return f"{self._chosen.upper()} (*.{self._chosen})"

    def enable(self, on: bool) -> None:
        """See `FileExport.enable`."""
        super().enable(on)
        self.form.setEnabled(on)

    @property
    def _chosen(self) -> Form:
        return list(_FORMS)[self.form.currentIndex()]

    def _rename(self) -> None:
        path = self.path.text().strip()
        self.path.setText(str(Path(path).with_suffix(f".{self._chosen}")) if path else "")
        self.be_careful()


def _export(
    path: Path,
    scope: Scope,
    form: Form,
    progress: _Progress,
    stopping: Flag,
    overwrite: bool,
    desk: Desk,
) -> Exported:
    book = desk.reading_room.links
    if not scope.selected:
        progress.total = book.rolls.count(scope.query)
    which = scope.selected or scope.query
    return book.export(path, which, form, stop=stopping, progress=progress.note, overwrite=overwrite)
