"""The QR code of the selected link, to copy and to save, with its short URL; and the newest codes as they appear."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QImage, QPixmap
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.operating.snapshot import Journey, Snapshot
from gui.bridge import Bridge
from gui.fonts import code, strong, words
from gui.formatting import milliseconds
from gui.overview.qr_images import QrImages, is_made
from gui.parts.controls import OutcomeButton, named
from gui.parts.qr_image import scaled
from gui.parts.text import ElidedLabel, label, set_role
from gui.parts.way import WayLabel
from gui.theme import Theme

_SIDE, _TILE, _TILES = 148, 40, 4
#: The same where there is little room.
_SMALL_SIDE = 84
#: Room between a code and its frame.
_RIM = 3
_EMPTY = "The QR code of the selected link appears here"
#: Side of what is copied and saved, in pixels; large enough for print.
_SAVED_SIDE = 1_024


class QrPreview(QFrame):
    """Shows one link's code; a click on one of the newest asks for that link by `chosen`, on the slug by `opened`."""

    chosen = Signal(str)
    opened = Signal(object)

    def __init__(self, theme: Theme, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("card")
        self._journey: Journey | None = None
        self._newest: tuple[Journey, ...] = ()
        #: The link whose code is shown, and whether the code is there.
        self._shown: tuple[str | None, bool] | None = None
        self.images = QrImages(bridge)
        self.image = named(QLabel(), "qr")
        self.image.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.image.setFixedSize(_SIDE + 2 * _RIM, _SIDE + 2 * _RIM)
        self.image.setWordWrap(True)
        self._slug, self._target = WayLabel(strong(15)), ElidedLabel(code(11), "muted")
        self._made = ElidedLabel(words(12), "muted")
        self.url = QLineEdit(readOnly=True)
        self.url.setFont(code(12))
        self.url.setAccessibleName("Short URL")
        self.url.setPlaceholderText("The short URL appears here")
        self.copy_url = OutcomeButton(theme, "", "copy", "Copy the short URL")
        self.copy_url.setObjectName("icon")
        self.copy_url.setFixedWidth(34)
        self.copy = OutcomeButton(theme, "Copy image", "copy", "Copy the QR code as an image")
        self.save = OutcomeButton(theme, "Save", "download", "Save the QR code")
        self._is_small = False
        self._newest_title = label("Newest", words(12), "muted")
        self.tiles = [self._tile() for _ in range(_TILES)]
        self._lay_out()
        self._connect()
        self._show()

    def _tile(self) -> QToolButton:
        tile = named(QToolButton(), "tile")
        tile.setFixedSize(_TILE + 2 * _RIM, _TILE + 2 * _RIM)
        tile.setIconSize(QSize(_TILE, _TILE))
        return tile

    def _lay_out(self) -> None:
        self._url_box, self._facts = QWidget(), QVBoxLayout()
        buttons, strip, url, facts = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(self._url_box), self._facts
        url.setContentsMargins(0, 0, 0, 0)
        for row, widgets in (
            (buttons, (self.copy, self.save)),
            (strip, self.tiles),
            (url, (self.url, self.copy_url)),
        ):
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
        strip.setSpacing(4)
        strip.addStretch(1)
        facts.setSpacing(2)
        for line in (self._slug, self._target, self._made):
            facts.addWidget(line)
        facts.addSpacing(4)
        facts.addLayout(buttons)
        facts.addStretch(1)
        facts.addWidget(self._newest_title)
        facts.addLayout(strip)
        top = QHBoxLayout()
        top.setSpacing(14)
        top.addWidget(self.image)
        top.addLayout(facts, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 14, 14, 12)
        self._column.setSpacing(10)
        self._column.addLayout(top)
        self._column.addWidget(self._url_box)

    def _connect(self) -> None:
        self.images.arrived.connect(self._show)
        self.images.failed.connect(self._tell_failure)
        self._slug.chosen.connect(self._open)
        self.copy_url.clicked.connect(self._copy_url)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask_where)
        for number, tile in enumerate(self.tiles):
            tile.clicked.connect(partial(self._choose, number))

    # What others tell it

    def be_small(self, small: bool) -> None:
        """Show less where there is little room: a smaller code, the URL beside it, and neither tiles nor small print."""
        if small == self._is_small:
            return
        self._is_small = small
        self.image.setFixedSize(self._side + 2 * _RIM, self._side + 2 * _RIM)
        if small:
            self._facts.insertWidget(1, self._url_box)
        else:
            self._column.addWidget(self._url_box)
        self._column.setContentsMargins(14, 10 if small else 14, 14, 10 if small else 12)
        for part in (self._target, self._made):
            part.setVisible(not small)
        self._shown = None
        self._show()

    @property
    def _side(self) -> int:
        return _SMALL_SIDE if self._is_small else _SIDE

    def show_journey(self, journey: Journey) -> None:
        """Show this link's code."""
        self._journey = journey
        self.images.want(journey)
        self._show()

    def refresh(self, snapshot: Snapshot) -> None:
        """Show the newest codes, and the selected one as soon as it exists."""
        newest = tuple([journey for journey in snapshot.journeys if is_made(journey)][:_TILES])
        for journey in newest:
            self.images.want(journey)
        selected = self._journey
        current = next(
            (j for j in snapshot.journeys if selected is not None and j.link_id == selected.link_id), selected
        )
        if current is not None:
            self._want(current, is_followed=current in snapshot.journeys)
        if (newest, current) != (self._newest, self._journey):
            self._newest, self._journey = newest, current
            self._show()

    def _want(self, journey: Journey, *, is_followed: bool) -> None:
        """Ask for an image; once a link is no more among the newest, nobody else tells when it is drawn."""
        if is_followed or is_made(journey):
            self.images.want(journey)
        else:
            self.images.look_for(journey.link_id)

    @property
    def is_complete(self) -> bool:
        """Whether every image that exists is here."""
        shown = [*self._newest, *([self._journey] if self._journey is not None else [])]
        return all(self.images.get(journey.link_id) is not None for journey in shown if is_made(journey))

    # What is shown

    def _show(self) -> None:
        journey = self._journey
        image = self.images.get(journey.link_id) if journey is not None else None
        self._show_facts(journey)
        shown = (journey.link_id if journey is not None else None, image is not None)
        if shown != self._shown:
            self._shown = shown
            self._show_code(journey, image)
        self._show_tiles()

    def _show_code(self, journey: Journey | None, image: QImage | None) -> None:
        if journey is not None and image is not None:
            self.image.setPixmap(scaled(image, self._side, self.devicePixelRatioF()))
            self.image.setAccessibleName(f"QR code of {journey.short_url}")
        else:
            self.image.setPixmap(QPixmap())
            self.image.setText(_EMPTY if journey is None else "Being drawn")
            self.image.setAccessibleName(f"No QR code yet: {self.image.text()}")
        set_role(self.image, "false" if image is not None else "true", "empty")
        self.copy_url.setEnabled(journey is not None)
        for button in (self.copy, self.save):
            button.setEnabled(image is not None)

    def _show_facts(self, journey: Journey | None) -> None:
        if journey is None:
            self._slug.show_text("QR code")
            return
        self._slug.show_text(journey.slug, "Look at it among the links")
        self._target.show_text(journey.target_url, "where the short URL leads")
        self._made.show_text(_made_words(journey, is_here=self.images.get(journey.link_id) is not None))
        if self.url.text() != journey.short_url:
            self.url.setText(journey.short_url)
            self.url.setCursorPosition(0)
            self.url.setToolTip(journey.short_url)

    def _show_tiles(self) -> None:
        self._newest_title.setVisible(bool(self._newest) and not self._is_small)
        for number, tile in enumerate(self.tiles):
            journey = self._newest[number] if number < len(self._newest) else None
            image = self.images.get(journey.link_id) if journey is not None else None
            is_shown = image is not None and journey is not None and not self._is_small
            link_id = journey.link_id if is_shown and journey is not None else ""
            if tile.property("link") == link_id:
                continue
            tile.setProperty("link", link_id)
            tile.setVisible(bool(link_id))
            if journey is not None and image is not None:
                tile.setIcon(QIcon(scaled(image, _TILE, self.devicePixelRatioF())))
                tile.setAccessibleName(f"Show the QR code of {journey.slug}")
                tile.setToolTip(f"{journey.slug} → {journey.target_url}")

    # What its controls do

    def _open(self) -> None:
        if self._journey is not None:
            self.opened.emit(self._journey)

    def _choose(self, number: int) -> None:
        if number < len(self._newest):
            self.chosen.emit(self._newest[number].link_id)

    def _copy_url(self) -> None:
        if self._journey is not None:
            QGuiApplication.clipboard().setText(self._journey.short_url)
            self.copy_url.show_outcome("")

    def _copy(self) -> None:
        image = self.images.get(self._journey.link_id) if self._journey is not None else None
        if image is not None:
            QGuiApplication.clipboard().setPixmap(scaled(image, _SAVED_SIDE, 1.0))
            self.copy.show_outcome("Copied")

    def _ask_where(self) -> None:
        if self._journey is None:
            return
        dialog = QFileDialog(self, "Save the QR code", f"{self._journey.slug}.png", "PNG image (*.png)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("png")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.selectFile(f"{self._journey.slug}.png")
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def save_to(self, name: str) -> None:
        """Write the code as a PNG; the button says whether it could be written."""
        image = self.images.get(self._journey.link_id) if self._journey is not None else None
        if image is None:
            return
        written = scaled(image, _SAVED_SIDE, 1.0).save(name, "PNG")
        self.save.show_outcome("Saved" if written else "Not saved", "check" if written else "circle-x")
        self.save.setToolTip(
            str(Path(name)) if written else f"{name} could not be written; choose another place."
        )

    def _tell_failure(self, link_id: str, error: str) -> None:
        if self._journey is not None and self._journey.link_id == link_id:
            self._made.show_text(f"can't be read: {error}")


def _made_words(journey: Journey, *, is_here: bool) -> str:
    """Say how long the drawing took; of a link that is followed no more, only that it was drawn."""
    made = dict(journey.applied_ms).get("qr")
    if made is not None:
        return f"team {journey.team}, drawn after {milliseconds(made)}"
    return f"team {journey.team}, drawn" if is_here else "waits for the qr consumer"
