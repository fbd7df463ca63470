"""A person types an address and watches the five consumers do their work."""

from collections.abc import Callable
from pathlib import Path

import zxingcpp
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from core.operating.links.journeys import COUNT
from core.operating.snapshot import ConsumerState
from gui.main_window import MainWindow
from gui.overview.page import OverviewPage

Soon = Callable[[Callable[[], object]], None]


def decode(pixmap: QPixmap) -> str:
    """Read the QR code in a picture."""
    image = pixmap.toImage()
    grey = Image.frombytes(
        "RGBA",
        (image.width(), image.height()),
        bytes(image.convertToFormat(image.Format.Format_RGBA8888).constBits()),
    ).convert("L")
    found = zxingcpp.read_barcodes(grey)
    return found[0].text if found else ""


def test_typing_an_address_and_enter_lights_five_marks_and_shows_the_code(
    overview: OverviewPage, soon: Soon
) -> None:
    bar, table = overview.create_bar, overview.journeys.table

    QTest.keyClicks(bar.url, "https://example.com/a/long/address")
    QTest.keyClick(bar.url, Qt.Key.Key_Return)
    soon(lambda: table.selected_row is not None and table.selected_row.consistent)
    row = table.selected_row
    assert row is not None
    link_id = row.link_id
    soon(lambda: overview.qr.images.get(link_id) is not None)

    assert [station.name for station in row.stations[2:]] == [
        "analytics",
        "qr",
        "billing",
        "webhook",
        "dashboard",
    ]
    # That it is published is noted a moment after it is.
    soon(lambda: table.selected_row and all(station.reached for station in table.selected_row.stations))
    row = table.selected_row
    assert row is not None
    assert all(station.text.endswith("s") for station in row.stations[1:])
    assert bar.url.text() == ""
    assert not bar.message.isVisible()
    assert overview.qr.url.text() == row.journey.short_url
    assert decode(overview.qr.image.grab()) == row.journey.short_url
    soon(lambda: overview.feed.rows.rows and row.journey.slug in overview.feed.rows.rows[0].text)


def test_an_address_without_scheme_is_refused_at_its_field_and_the_proposal_can_be_taken(
    overview: OverviewPage, soon: Soon
) -> None:
    bar = overview.create_bar

    QTest.keyClicks(bar.url, "example.com")
    QTest.mouseClick(bar.button, Qt.MouseButton.LeftButton)
    soon(bar.message.isVisible)

    assert bar.message.whole == "The address must begin with https:// or http://."
    assert bar.url.property("invalid") == "true"
    assert bar.url.accessibleDescription() == bar.message.whole
    assert bar.url.text() == "example.com"

    [proposal] = bar.proposals
    assert proposal.text() == "Use https://example.com"
    soon(proposal.isVisible)
    QTest.keyClick(bar.url, Qt.Key.Key_Tab)
    assert overview.window().focusWidget() is proposal
    QTest.keyClick(proposal, Qt.Key.Key_Space)

    assert bar.url.text() == "https://example.com"
    assert bar.url.property("invalid") == "false"
    assert not bar.message.isVisible()


def test_a_taken_slug_is_refused_at_the_slug_with_free_ones_to_choose(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/", slug="autumn")
    bar = overview.create_bar

    QTest.keyClicks(bar.url, "https://example.com/other")
    QTest.keyClicks(bar.slug, "autumn")
    QTest.keyClick(bar.slug, Qt.Key.Key_Return)
    soon(bar.message.isVisible)

    assert "taken" in bar.message.whole
    assert bar.slug.property("invalid") == "true"
    assert bar.url.property("invalid") != "true"
    assert len(bar.proposals) == 3
    QTest.mouseClick(bar.proposals[0], Qt.MouseButton.LeftButton)
    QTest.keyClick(bar.slug, Qt.Key.Key_Return)
    soon(lambda: bar.url.text() == "")


def test_ctrl_n_goes_to_the_address_field(frame: MainWindow) -> None:
    frame.overview.feed.list.setFocus()

    QTest.keyClick(frame, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)

    assert frame.focusWidget() is frame.overview.create_bar.url


def test_the_selection_stays_with_its_link_when_newer_links_come(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    table = overview.journeys.table
    for number in range(3):
        desk.create_link(f"https://example.com/{number}")
    soon(lambda: len(table.rows.rows) == 3 and all(row.consistent for row in table.rows.rows))
    table.setFocus()
    QTest.keyClick(table, Qt.Key.Key_End)
    QTest.keyClick(table, Qt.Key.Key_Up)
    assert table.selected_row is not None
    chosen = table.selected_row.link_id

    desk.create_link("https://example.com/newer")
    soon(lambda: len(table.rows.rows) == 4 and table.rows.rows[0].consistent)

    assert table.selected_row.link_id == chosen
    assert overview.qr.url.text() == table.selected_row.journey.short_url
    assert [index.row() for index in table.selectionModel().selectedRows()] == [table.rows.row_of(chosen)]


def test_the_short_url_is_copied_and_the_button_says_so(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    link = desk.create_link("https://example.com/")
    soon(lambda: overview.qr.url.text() == link.short_url)

    QTest.mouseClick(overview.qr.copy_url, Qt.MouseButton.LeftButton)

    assert QGuiApplication.clipboard().text() == link.short_url


def test_the_code_is_saved_as_a_picture_that_decodes(
    overview: OverviewPage, desk: Desk, soon: Soon, tmp_path: Path
) -> None:
    link = desk.create_link("https://example.com/")
    soon(overview.qr.save.isEnabled)
    file = f"{tmp_path}/code.png"

    overview.qr.save_to(file)

    assert overview.qr.save.text() == "Saved"
    assert [found.text for found in zxingcpp.read_barcodes(Image.open(file))] == [link.short_url]


def test_the_code_of_a_selected_link_appears_though_it_was_drawn_after_newer_links_had_pushed_it_out(
    overview: OverviewPage, desk: Desk, soon: Soon
) -> None:
    qr, table = overview.qr, overview.journeys.table
    desk.pause("qr")
    soon(lambda: any(each.state is ConsumerState.PAUSED for each in desk.look().consumers))
    created = desk.create_link("https://example.com/pushed-out")
    table.follow(created.link_id)
    soon(lambda: qr.url.text() == created.short_url)
    for number in range(COUNT):
        desk.create_link(f"https://example.com/newer/{number}")
    soon(lambda: table.rows.rows and created.link_id not in {row.link_id for row in table.rows.rows})
    assert qr.image.text() == "Being drawn"

    desk.resume("qr")
    soon(qr.copy.isEnabled)

    assert decode(qr.image.grab()) == qr.url.text() == created.short_url
