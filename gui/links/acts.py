"""What can be done with the links that are selected: export, copy, archive, restore. Each button says why not."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton, QWidget

from core.operating.links.book import LinkRow
from core.operating.links.roll import LinkQuery
from core.producing.link_list import Link
from gui.formatting import count
from gui.links.edit_dialog import EditDialog
from gui.links.export_dialog import ExportDialog, Scope
from gui.links.lines import Line
from gui.links.switch_bar import SwitchBar
from gui.links.switches import ARCHIVE, MOST, RESTORE, Switch, plan, switching
from gui.page import Tools
from gui.parts.act_dialog import ActDialog
from gui.parts.controls import OutcomeButton, button
from gui.parts.lock import WHY_LOCKED, lock

_BEING_READ = "The selected links are being read."


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
        self.archive = _switch_button(tools, ARCHIVE, "a")
        self.restore = _switch_button(tools, RESTORE, "r")
        self._switches = {ARCHIVE: self.archive, RESTORE: self.restore}
        lock(tools.bridge, self.archive, self.restore)
        self.bar = SwitchBar(tools)
        self.query, self.filter_words = LinkQuery(), ""
        self.exporting: ExportDialog | None = None
        self.switching: ActDialog | None = None
        self.editing: EditDialog | None = None
        self.copy.clicked.connect(self.copy_urls)
        self.export.clicked.connect(self.ask_to_export)
        self.archive.clicked.connect(lambda: self.switch_selected(ARCHIVE))
        self.restore.clicked.connect(lambda: self.switch_selected(RESTORE))
        self.bar.changed.connect(self.changed)

    def offer(self, selected: int) -> None:
        """Say for so many selected links what can be done."""
        few = 0 < selected <= MOST
        why = "Select a link first." if not selected else f"Select {count(MOST)} links at most."
        rows = self._rows() if few else []
        _enable(self.copy, few, why)
        for switch, part in self._switches.items():
            may = any(switch.takes(row.link) for row in rows)
            _enable(part, may, why if not few else switch.nothing if rows else _BEING_READ)
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
        else:
            self.bar.tell(_BEING_READ if self.copy.isEnabled() else self.copy.toolTip())

    def ask_to_export(self) -> None:
        """Ask where to write the selected links; one or none = all that fit the filter."""
        selected = tuple(line.link_id for line in self._selected())
        scope = Scope(self.query, selected if len(selected) > 1 else (), self.filter_words)
        if self.exporting is not None:
            self.exporting.deleteLater()
        self.exporting = ExportDialog(self._tools, scope, self._page)
        self.exporting.open()

    def switch_one(self, row: LinkRow) -> None:
        """Archive a link, or restore it where it is archived."""
        if self._tools.bridge.is_read_only:
            self.bar.tell(WHY_LOCKED)
            return
        self.bar.switch(ARCHIVE if ARCHIVE.takes(row.link) else RESTORE, [row.link])

    def switch_selected(self, switch: Switch) -> None:
        """Archive or restore those selected links that are not so yet; many only when it is confirmed."""
        is_locked = self._tools.bridge.is_read_only
        links = [] if is_locked else [row.link for row in self._rows() if switch.takes(row.link)]
        if len(links) == 1:
            self.bar.switch(switch, links)
        elif links:
            self._ask(switch, links)
        else:
            self.bar.tell(self._switches[switch].toolTip())

    def _ask(self, switch: Switch, links: Sequence[Link]) -> None:
        if self.switching is not None:
            self.switching.deleteLater()
        asked = plan(switch, links, self.filter_words)
        self.switching = ActDialog(self._tools, asked, switching(switch, links), self._page)
        self.switching.acted.connect(partial(self.bar.show_results, switch, links))
        self.switching.open()

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


def _switch_button(tools: Tools, switch: Switch, key: str) -> QPushButton:
    name = f"{switch.verb} the selected links ({key})"
    return button(tools.theme, switch.verb, switch.picture, name=name)


def _enable(part: QPushButton, may: bool, why_not: str) -> None:
    part.setEnabled(may)
    part.setToolTip(part.accessibleName() if may else why_not)
