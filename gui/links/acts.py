"""What can be done with the links that are selected: export, copy the short URLs, archive. Each button says why not."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from core.operating.links.book import LinkRow
from core.operating.links.roll import LinkQuery
from core.producing.link_list import Link
from gui.formatting import count
from gui.links.archiving import MOST, archive_plan, archiving
from gui.links.edit_dialog import EditDialog
from gui.links.export_dialog import ExportDialog, Scope
from gui.links.lines import Line
from gui.page import Tools
from gui.parts.act_dialog import ActDialog
from gui.parts.controls import OutcomeButton, button


class LinkActs(QObject):
    """The buttons, and the dialogs that they open; `changed` tells that links are other than they were."""

    changed = Signal()

    def __init__(self, tools: Tools, selected: Callable[[], list[Line]], page: QWidget) -> None:
        super().__init__(page)
        self._tools, self._selected, self._page = tools, selected, page
        self.copy = OutcomeButton(
            tools.theme, "Copy", "copy", "Copy the short URLs of the selected links (c)"
        )
        self.export = button(tools.theme, "Export", "download", name="Export links to a file (x)")
        self.archive = button(tools.theme, "Archive", "archive", name="Archive the selected links (A)")
        self.query, self.filter_words = LinkQuery(), ""
        self.exporting: ExportDialog | None = None
        self.archiving: ActDialog | None = None
        self.editing: EditDialog | None = None
        self.copy.clicked.connect(self.copy_urls)
        self.export.clicked.connect(self.ask_to_export)
        self.archive.clicked.connect(self.ask_to_archive)

    def offer(self, selected: int) -> None:
        """Say for so many selected links what can be done."""
        few = 0 < selected <= MOST
        why = "Select a link first." if not selected else f"Select {count(MOST)} links at most."
        for part in (self.copy, self.archive):
            part.setEnabled(few)
            part.setToolTip(part.accessibleName() if few else why)
        said = f"Export {count(selected)}" if selected > 1 else "Export"
        self.export.setText(said)
        self.export.setToolTip(
            "Export the selected links (x)" if selected > 1 else "Export all links that fit the filter (x)"
        )

    def copy_urls(self) -> None:
        """Put the short URLs of the selected links into the clipboard, a line each."""
        rows = self._rows()
        if rows:
            QGuiApplication.clipboard().setText("\n".join(row.link.short_url for row in rows))
            self.copy.show_outcome("Copied" if len(rows) == 1 else f"Copied {count(len(rows))}")

    def ask_to_export(self) -> None:
        """Ask where to write the selected links; one or none = all that fit the filter."""
        selected = tuple(line.link_id for line in self._selected())
        scope = Scope(self.query, selected if len(selected) > 1 else (), self.filter_words)
        if self.exporting is not None:
            self.exporting.deleteLater()
        self.exporting = ExportDialog(self._tools, scope, self._page)
        self.exporting.open()

    def ask_to_archive(self) -> None:
        """Ask whether the selected links shall be archived."""
        if self.archive.isEnabled():
            self.ask_to_archive_these([row.link for row in self._rows() if row.link.archived_at is None])

    def ask_to_archive_these(self, links: Sequence[Link]) -> None:
        """Ask whether these shall be archived; those that are archived are not asked for."""
        if not links:
            return
        if self.archiving is not None:
            self.archiving.deleteLater()
        plan = archive_plan(links, self.filter_words)
        self.archiving = ActDialog(self._tools, plan, archiving(links), self._page)
        self.archiving.acted.connect(lambda _results: self.changed.emit())
        self.archiving.open()

    def ask_to_edit(self, row: LinkRow) -> None:
        """Ask what shall be changed."""
        if self.editing is not None:
            self.editing.deleteLater()
        self.editing = EditDialog(self._tools, row.link, self._page)
        self.editing.edited.connect(lambda _link_id: self.changed.emit())
        self.editing.open()

    def stop(self) -> None:
        """Cancel what is being written."""
        if self.exporting is not None:
            self.exporting.stop()

    def _rows(self) -> list[LinkRow]:
        """Give what is known of the selected links; nothing until all of them are read."""
        lines = self._selected()
        rows = [line.row for line in lines if line.row is not None]
        return rows if len(rows) == len(lines) <= MOST else []
