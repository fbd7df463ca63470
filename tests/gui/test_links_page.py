"""The Links page through the real window: all links, what each consumer has of them, found, sorted and exported."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QAbstractItemModelTester, QTest

from core.consuming.faults import FaultKind, Figures
from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from core.operating.snapshot import ConsumerState
from gui.application import Window
from gui.links.columns import COLUMNS, DOTS
from gui.links.page import LinksPage
from gui.links.table import LinkModel
from gui.main_window import MainWindow
from gui.targets import Kind, Target
from tests.bench.seed import seed_links
from tests.gui.links_view import TITLES, Soon, cell, count, looked_at, slugs


@pytest.fixture
def page(light_frame: MainWindow) -> LinksPage:
    """Give the Links page over a desk that only commands."""
    return looked_at(light_frame)


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give that desk."""
    return attached


def seed(desk: Desk, links: int) -> None:
    """Put links into the database, faster than they are created."""
    installation = desk._installation
    seed_links(installation.links, desk.teams()[0].team_id, links, partitions=8)


def test_a_page_without_links_leads_to_where_they_are_created(
    page: LinksPage, light_frame: MainWindow, soon: Soon
) -> None:
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No links yet")

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)

    soon(lambda: light_frame.pages.looked_at is light_frame.overview)


def test_links_appear_while_they_are_looked_at_newest_first(page: LinksPage, desk: Desk, soon: Soon) -> None:
    tester = QAbstractItemModelTester(page.table.links, QAbstractItemModelTester.FailureReportingMode.Fatal)
    desk.create_link("https://example.com/a", slug="first", title="A", tags=["demo", "spring"])
    soon(lambda: slugs(page) == ["first"])
    desk.create_link("https://example.com/b", slug="second")

    soon(lambda: slugs(page) == ["second", "first"])

    assert cell(page, 1, "Title and target") == "A · example.com/a"
    assert cell(page, 1, "Tags") == "demo, spring"
    assert cell(page, 1, "State") == "live"
    assert page.filter.figure.whole == "2 links"
    assert page.head.source.whole.startswith("From the links, and the consumers' receipts, read ")
    assert tester.model() is page.table.links


def test_the_first_are_there_at_once_and_the_rest_follows(page: LinksPage, desk: Desk, soon: Soon) -> None:
    tester = QAbstractItemModelTester(page.table.links, QAbstractItemModelTester.FailureReportingMode.Fatal)
    beginnings: list[tuple[int, bool]] = []
    page.reader.listed.connect(
        lambda found: beginnings.append((len(found.roll.link_ids), found.is_beginning))
    )
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No links yet")
    seed(desk, 320)

    soon(lambda: count(page) == 320)

    assert beginnings[-2:] == [(200, True), (320, False)]
    assert page.filter.figure.whole == "320 links"
    page.table.scrollToBottom()
    soon(lambda: page.table.rows.rows[319].row is not None)
    assert page.table.rows.rows[150].row is None, "only what was in sight is read"
    assert isinstance(tester.model(), LinkModel)


def test_new_links_wait_behind_a_chip_while_somebody_reads_further_down(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    seed(desk, 300)
    soon(lambda: count(page) == 300)
    page.table.verticalScrollBar().setValue(3_000)
    page.table.select(page.table.rows.rows[100].link_id)
    chosen, at = page.table.selected_ids, page.table.verticalScrollBar().value()

    desk.create_link("https://example.com/a", slug="newest")
    soon(lambda: not page.table.chip.isHidden())

    assert page.table.chip.text() == "1 new"
    assert (page.table.selected_ids, page.table.verticalScrollBar().value()) == (chosen, at)
    QTest.mouseClick(page.table.chip, Qt.MouseButton.LeftButton)
    soon(lambda: count(page) == 301 and slugs(page)[0] == "newest")
    assert page.table.selected_ids == chosen
    assert page.table.chip.isHidden()


def test_filters_narrow_and_can_be_taken_back(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring", tags=["demo"])
    desk.create_link("https://example.com/b", slug="summer", tags=["demo"])
    desk.create_link("https://example.org/c", slug="winter")
    desk.archive_link("summer")
    page.reader.resume()
    soon(lambda: count(page) == 3)

    page.filter.choose("Tag", "demo")
    soon(lambda: count(page) == 2)
    page.filter.choose("State", "archived")
    soon(lambda: slugs(page) == ["summer"])
    QTest.keyClicks(page.filter.field, "winter")
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No link fits the filter")
    assert page.filter.words == 'text "winter", tag demo, state archived'

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    soon(lambda: slugs(page) == ["winter", "summer", "spring"])


def test_a_click_on_a_title_sorts_all_of_them(page: LinksPage, desk: Desk, soon: Soon) -> None:
    for slug in ("bravo", "charlie", "alpha"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: count(page) == 3)

    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: slugs(page) == ["alpha", "bravo", "charlie"])
    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: slugs(page) == ["charlie", "bravo", "alpha"])
    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: slugs(page) == ["alpha", "charlie", "bravo"])


def test_marks_and_detail_tell_what_each_consumer_has(opened: Window, soon: Soon) -> None:
    page, desk = looked_at(opened.frame), opened.room.desk
    assert desk is not None
    made = desk.create_link("https://example.com/a", slug="spring", title="Spring")
    soon(lambda: slugs(page) == ["spring"])
    soon(lambda: all(each.effect is Effect.APPLIED for each in page.table.rows.rows[0].row.creation))
    assert cell(page, 0, "Consumers") == (
        "analytics applied, qr applied, billing applied, webhook applied, dashboard applied"
    )
    desk.click("spring", user_agent="Firefox/140.0")
    desk.edit_link("spring", title="Summer")
    page.table.setFocus()

    QTest.keyClicks(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)

    soon(lambda: page.panel.facts.texts.get("Clicks") == "1 click")
    assert page.panel.facts.texts["Title"] == "Summer"
    soon(lambda: page.panel.journey.texts["webhook"].startswith("applied, "))
    assert page.panel.qr.accessibleName() == f"QR code of {made.short_url}"
    assert not page.panel.qr.pixmap().isNull()
    soon(lambda: page.panel.hours.accessibleName().startswith("1 click of people in the last 1 hour"))
    (said,) = page.panel.edits.texts.values()
    assert said.endswith(": title Spring → Summer")
    assert page.head.badge.word == "followed"

    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.drawer.is_open


def test_a_mark_tells_of_a_later_event_that_fails(opened: Window, soon: Soon) -> None:
    page, desk = looked_at(opened.frame), opened.room.desk
    assert desk is not None
    desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: slugs(page) == ["spring"])
    soon(lambda: all(each.effect is Effect.APPLIED for each in page.table.rows.rows[0].row.standings))
    desk.pause("webhook")
    soon(lambda: any(each.state is ConsumerState.PAUSED for each in desk.look().consumers))
    desk.faults.set("webhook", FaultKind.FAIL_LINK, Figures(link="spring", transient=True), by="ana@desk")
    desk.edit_link("spring", title="Summer")
    soon(lambda: "webhook waiting" in cell(page, 0, "Consumers"))

    desk.resume("webhook")
    soon(lambda: "webhook parked" in cell(page, 0, "Consumers"))

    tip = COLUMNS[DOTS].tip
    assert tip is not None
    said = tip(page.table.rows.rows[0]).split("\n")[3]
    assert said.startswith("webhook: parked: LinkUpdated, ")
    assert "; its creation: applied, " in said
    page.table.setFocus()
    QTest.keyClicks(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    soon(lambda: page.panel.journey.texts.get("webhook", "").startswith("parked: LinkUpdated"))


def test_what_is_selected_is_exported_and_no_file_is_replaced_unasked(
    page: LinksPage, desk: Desk, soon: Soon, tmp_path: Path
) -> None:
    for slug in ("spring", "summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: count(page) == 3 and "?" not in slugs(page))
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Down)
    QTest.keyClick(page.table, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert page.acts.export.text() == "Export 2"
    QTest.keyClicks(page.table, "x")
    dialog = page.acts.exporting
    assert dialog is not None
    file = tmp_path / "links.json"
    file.write_text("mine")
    dialog.form.setCurrentIndex(1)
    assert dialog.path.text().endswith(".json")
    dialog.path.setText(str(file))

    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.go.text() == "Replace the file")
    assert file.read_text() == "mine"
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)

    soon(lambda: dialog.said.text().startswith("2 links written to "))
    assert [each["slug"] for each in json.loads(file.read_text())] == ["summer", "spring"]


def test_a_stopped_export_leaves_no_file(page: LinksPage, desk: Desk, soon: Soon, tmp_path: Path) -> None:
    seed(desk, 1_200)
    soon(lambda: count(page) == 1_200)
    page.acts.ask_to_export()
    dialog = page.acts.exporting
    assert dialog is not None
    dialog.path.setText(str(tmp_path / "links.csv"))

    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    dialog.reject()

    soon(lambda: dialog.said.text() == "Stopped: there is no file.")
    assert list(tmp_path.glob("links*")) == []
    assert dialog.isVisible()


def test_somebody_goes_to_a_link_and_from_there_to_the_question_why(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: count(page) == 1)
    asked: list[Target] = []
    page.wanted.connect(asked.append)

    page.go_to(Target(Kind.LINK, made.link_id))

    soon(lambda: page.drawer.title.whole == "spring")
    assert page.table.selected_ids == [made.link_id]
    assert page.panel.qr.text().startswith("No QR code yet")
    page.wanted.disconnect()
    page.panel.wanted.disconnect()
    page.panel.wanted.connect(asked.append)
    QTest.mouseClick(page.panel.why, Qt.MouseButton.LeftButton)
    assert asked[-1] == Target(Kind.QUESTION, "spring")


def test_a_link_that_the_filter_leaves_out_is_shown_and_nothing_stays_selected_beside_it(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    away = desk.create_link("https://example.com/away", slug="away")
    for slug in ("one-here", "two-here"):
        desk.create_link("https://example.com/", slug=slug)
    page.filter.field.setText("here")
    soon(lambda: slugs(page) == ["two-here", "one-here"])
    page.table.selectAll()

    page.go_to(Target(Kind.LINK, away.link_id, "away"))

    assert page.drawer.is_open
    assert not page.table.selectionModel().hasSelection()


def test_a_screen_reader_is_told_all_of_a_link(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring", tags=["demo"])
    soon(lambda: slugs(page) == ["spring"])

    table = QAccessible.queryAccessibleInterface(page.table)
    said = [table.child(number).text(QAccessible.Text.Name) for number in range(table.childCount())]

    assert table.text(QAccessible.Text.Name) == "Links"
    assert {"Slug", "spring", "demo", "live"} <= set(said)
    panel = page.panel
    for part in (
        page.filter.field,
        page.acts.export,
        page.acts.restore,
        panel.copy,
        panel.edit,
        panel.switch,
        panel.why,
    ):
        assert QAccessible.queryAccessibleInterface(part).text(QAccessible.Text.Name)
