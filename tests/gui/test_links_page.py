"""The Links page through the real window: all links, what each consumer has of them, and what can be done with one."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest

from core.operating.dead_letters.effects import Effect
from core.operating.desk import Desk
from gui.application import Window
from gui.links.columns import COLUMNS
from gui.links.page import LinksPage
from gui.links.table import LinkModel
from gui.links.words import edit_words
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.targets import Kind, Target
from tests.bench.seed import seed_links

Soon = Callable[[Callable[[], object]], None]

LINKS = [place.title for place in PAGES].index("Links")
TITLES = [column.title for column in COLUMNS]


def looked_at(frame: MainWindow) -> LinksPage:
    """Turn to the Links page, and point at none of its rows."""
    frame.go(LINKS)
    QTest.mouseMove(frame, QPoint(1, 1))
    made = frame.pages.looked_at
    assert isinstance(made, LinksPage)
    return made


@pytest.fixture
def page(light_frame: MainWindow) -> LinksPage:
    """Give the Links page over a desk that only commands."""
    return looked_at(light_frame)


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give that desk."""
    return attached


def _seed(desk: Desk, count: int) -> None:
    installation = desk._installation
    seed_links(installation.links, desk.teams()[0].team_id, count, partitions=8)


def _slugs(page: LinksPage) -> list[str]:
    return [line.row.link.slug if line.row else "?" for line in page.table.rows.rows]


def _cell(page: LinksPage, row: int, title: str) -> str:
    return str(page.table.links.index(row, TITLES.index(title)).data())


def _count(page: LinksPage) -> int:
    return len(page.table.links.lines) if page.reader.is_whole else -1


def test_a_page_without_links_leads_to_where_they_are_created(
    page: LinksPage, light_frame: MainWindow, soon: Soon
) -> None:
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No links yet")

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)

    soon(lambda: light_frame.pages.looked_at is light_frame.overview)


def test_links_appear_while_they_are_looked_at_newest_first(page: LinksPage, desk: Desk, soon: Soon) -> None:
    tester = QAbstractItemModelTester(page.table.links, QAbstractItemModelTester.FailureReportingMode.Fatal)
    desk.create_link("https://example.com/a", slug="first", title="A", tags=["demo", "spring"])
    soon(lambda: _slugs(page) == ["first"])
    desk.create_link("https://example.com/b", slug="second")

    soon(lambda: _slugs(page) == ["second", "first"])

    assert _cell(page, 1, "Title and target") == "A · example.com/a"
    assert _cell(page, 1, "Tags") == "demo, spring"
    assert _cell(page, 1, "State") == "live"
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
    _seed(desk, 320)

    soon(lambda: _count(page) == 320)

    assert beginnings[-2:] == [(200, True), (320, False)]
    assert page.filter.figure.whole == "320 links"
    page.table.scrollToBottom()
    soon(lambda: page.table.rows.rows[319].row is not None)
    assert page.table.rows.rows[150].row is None, "only what was in sight is read"
    assert isinstance(tester.model(), LinkModel)


def test_new_links_wait_behind_a_chip_while_somebody_reads_further_down(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    _seed(desk, 300)
    soon(lambda: _count(page) == 300)
    page.table.verticalScrollBar().setValue(3_000)
    page.table.select(page.table.rows.rows[100].link_id)
    chosen, at = page.table.selected_ids, page.table.verticalScrollBar().value()

    desk.create_link("https://example.com/a", slug="newest")
    soon(lambda: not page.table.chip.isHidden())

    assert page.table.chip.text() == "1 new"
    assert (page.table.selected_ids, page.table.verticalScrollBar().value()) == (chosen, at)
    QTest.mouseClick(page.table.chip, Qt.MouseButton.LeftButton)
    soon(lambda: _count(page) == 301 and _slugs(page)[0] == "newest")
    assert page.table.selected_ids == chosen
    assert page.table.chip.isHidden()


def test_filters_narrow_and_can_be_taken_back(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring", tags=["demo"])
    desk.create_link("https://example.com/b", slug="summer", tags=["demo"])
    desk.create_link("https://example.org/c", slug="winter")
    desk.archive_link("summer")
    page.reader.resume()
    soon(lambda: _count(page) == 3)

    page.filter.choose("Tag", "demo")
    soon(lambda: _count(page) == 2)
    page.filter.choose("State", "archived")
    soon(lambda: _slugs(page) == ["summer"])
    QTest.keyClicks(page.filter.field, "winter")
    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No link fits the filter")
    assert page.filter.words == 'text "winter", tag demo, state archived'

    QTest.mouseClick(page.stage.act, Qt.MouseButton.LeftButton)
    soon(lambda: _slugs(page) == ["winter", "summer", "spring"])


def test_a_click_on_a_title_sorts_all_of_them(page: LinksPage, desk: Desk, soon: Soon) -> None:
    for slug in ("bravo", "charlie", "alpha"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: _count(page) == 3)

    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: _slugs(page) == ["alpha", "bravo", "charlie"])
    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: _slugs(page) == ["charlie", "bravo", "alpha"])
    page.table.sort_by(TITLES.index("Slug"))
    soon(lambda: _slugs(page) == ["alpha", "charlie", "bravo"])


def test_marks_and_detail_tell_what_each_consumer_has(opened: Window, soon: Soon) -> None:
    page, desk = looked_at(opened.frame), opened.room.desk
    assert desk is not None
    made = desk.create_link("https://example.com/a", slug="spring", title="Spring")
    soon(lambda: _slugs(page) == ["spring"])
    soon(lambda: all(each.effect is Effect.APPLIED for each in page.table.rows.rows[0].row.creation))
    assert _cell(page, 0, "Consumers") == (
        "analytics applied, qr applied, billing applied, webhook applied, dashboard applied"
    )
    desk.click("spring", user_agent="Firefox/140.0")
    desk.edit_link("spring", title="Summer")
    page.table.setFocus()

    QTest.keyClicks(page.table, "j")
    QTest.keyClick(page.table, Qt.Key.Key_Return)

    soon(lambda: page.panel.facts.texts.get("Clicks") == "1 click")
    assert page.panel.facts.texts["Title"] == "Summer"
    assert page.panel.journey.texts["webhook"].startswith("applied, ")
    assert page.panel.qr.accessibleName() == f"QR code of {made.short_url}"
    assert not page.panel.qr.pixmap().isNull()
    assert page.panel.hours.accessibleName().startswith("1 click of people in the last 1 hour")
    (said,) = page.panel.edits.texts.values()
    assert said.endswith(": title Spring → Summer")
    assert page.head.badge.word == "followed"

    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert not page.drawer.is_open


def test_a_link_is_edited_and_what_is_refused_is_told_at_its_field(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/a", slug="spring", title="Spring")
    soon(lambda: _slugs(page) == ["spring"])
    page.table.step(1)
    page.table.setFocus()
    QTest.keyClicks(page.table, "e")
    dialog = page.acts.editing
    assert dialog is not None
    assert not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Nothing is changed yet."

    dialog.url.setText("ftp://example.com")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    soon(lambda: dialog.said.text().startswith("Not saved: "))
    assert dialog.url.property("invalid") == "true"
    dialog.url.setText("https://example.com/b")
    dialog.tags.setText("demo, autumn")
    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)

    soon(lambda: not dialog.isVisible())
    soon(lambda: _cell(page, 0, "Tags") == "demo, autumn")
    link = desk.links.one("spring")
    assert (link.title, link.target_url) == ("Spring", "https://example.com/b")


def _states(page: LinksPage) -> list[str]:
    return [_cell(page, row, "State") for row in range(len(page.table.rows.rows))]


def test_a_link_is_archived_by_a_key_without_a_question_and_comes_back_by_another(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: _slugs(page) == ["summer", "spring"])
    assert page.acts.archive.toolTip() == page.acts.restore.toolTip() == "Select a link first."
    page.table.setFocus()
    QTest.keyClicks(page.table, "j")
    assert page.acts.restore.toolTip() == "None of them is archived."
    QTest.keyClicks(page.table, "r")
    assert page.acts.bar.said.whole == "None of them is archived."

    QTest.keyClicks(page.table, "a")

    bar = page.acts.bar
    soon(lambda: bar.said.whole == "summer archived")
    assert bar.undo_button.toolTip() == "Undo: restore summer (u)"
    soon(lambda: _states(page) == ["archived", "live"])
    assert page.acts.archive.toolTip() == "All of them are archived already."
    QTest.keyClicks(page.table, "a")
    assert bar.said.whole == "All of them are archived already."
    QTest.keyClicks(page.table, "u")
    soon(lambda: bar.said.whole == "Undone: summer restored")
    soon(lambda: _states(page) == ["live", "live"])
    assert bar.undo_button.isHidden()
    assert [edit.why for edit in desk.reading_room.links.detail("summer").edits] == ["undo", ""]

    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert bar.isHidden()


def test_the_undo_can_be_reached_and_pressed_by_the_keyboard(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: _slugs(page) == ["spring"])
    page.table.setFocus()
    QTest.keyClicks(page.table, "ja")
    soon(lambda: page.acts.bar.said.whole == "spring archived")

    page.acts.bar.undo_button.setFocus()
    QTest.keyClick(page.acts.bar.undo_button, Qt.Key.Key_Space)

    soon(lambda: page.acts.bar.said.whole == "Undone: spring restored")
    soon(page.table.hasFocus)
    assert desk.links.one("spring").archived_at is None


def test_what_is_asked_for_while_an_act_is_under_way_is_done_after_it(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: _count(page) == 3 and "?" not in _slugs(page))
    page.table.setFocus()

    QTest.keyClicks(page.table, "jajaja")

    soon(lambda: page.acts.bar.said.whole == "spring archived")
    soon(lambda: _states(page) == ["archived"] * 3)


def test_many_are_archived_after_a_question_that_enter_confirms_and_all_come_back(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    desk.archive_link("summer")
    desk.create_link("https://example.com/a", slug="autumn")
    soon(lambda: _count(page) == 4)
    page.table.setFocus()
    page.table.selectAll()
    soon(lambda: page.acts.archive.isEnabled() and page.acts.restore.isEnabled())

    QTest.keyClicks(page.table, "a")
    dialog = page.acts.switching
    assert dialog is not None
    assert dialog.windowTitle() == "Archive 3 links?"
    assert not dialog.typed.isVisible()
    soon(dialog.go.hasFocus)
    QTest.keyClick(dialog.go, Qt.Key.Key_Return)

    soon(lambda: dialog.said.text() == "3 done")
    assert {row.text for row in dialog.results.rows.rows} == {"archived"}
    dialog.reject()
    soon(lambda: _states(page) == ["archived"] * 4)
    assert page.acts.bar.said.whole == "3 links archived"
    QTest.mouseClick(page.acts.bar.undo_button, Qt.MouseButton.LeftButton)
    soon(lambda: page.acts.bar.said.whole == "Undone: 3 links restored")
    soon(lambda: _states(page) == ["live", "live", "archived", "live"])


def test_archived_links_are_restored_from_a_selection_and_what_failed_is_told(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer"):
        desk.create_link("https://example.com/a", slug=slug)
        desk.archive_link(slug)
    soon(lambda: _states(page) == ["archived"] * 2)
    page.table.setFocus()
    page.table.selectAll()
    soon(page.acts.restore.isEnabled)
    QTest.keyClicks(page.table, "r")
    dialog = page.acts.switching
    assert dialog is not None
    desk.restore_link("spring")

    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)

    soon(lambda: dialog.said.text() == "1 done, 1 failed")
    dialog.reject()
    assert page.acts.bar.said.whole == (
        "1 of 2 links restored. spring: The link spring is not archived: there is nothing to restore."
    )
    assert page.acts.bar.undo_button.text() == "Undo: archive summer"
    soon(lambda: _states(page) == ["live"] * 2)


def test_the_drawer_restores_an_archived_link_and_its_history_tells_it(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/a", slug="spring")
    desk.archive_link("spring", why="it is over")
    soon(lambda: _slugs(page) == ["spring"])
    page.go_to(Target(Kind.LINK, made.link_id))
    soon(lambda: page.panel.switch.text() == "Restore")
    assert page.panel.edit.toolTip() == "It is archived: restore it first."
    for key, said in (("a", "spring is archived."), ("u", "There is nothing to undo here.")):
        QTest.keyClicks(page.table, key)
        assert page.acts.bar.said.whole.startswith(said)

    QTest.mouseClick(page.panel.switch, Qt.MouseButton.LeftButton)

    soon(lambda: page.acts.bar.said.whole == "spring restored")
    soon(lambda: page.panel.switch.text() == "Archive" and page.panel.edit.isEnabled())
    chart = page.panel.hours
    soon(lambda: chart.accessibleName().count(" by ") == 2)
    told = chart.told_at(chart.width() - 1).split("\n")
    assert [line.partition(" at ")[0] for line in told[1:]] == ["restore link", "archive link"]
    edits = page.panel.detail.edits if page.panel.detail else ()
    assert [edit_words(edit).partition(": ")[2] for edit in edits] == ["restored", "archived (it is over)"]


def test_what_is_selected_is_exported_and_no_file_is_replaced_unasked(
    page: LinksPage, desk: Desk, soon: Soon, tmp_path: Path
) -> None:
    for slug in ("spring", "summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: _count(page) == 3 and "?" not in _slugs(page))
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
    _seed(desk, 1_200)
    soon(lambda: _count(page) == 1_200)
    page.acts.ask_to_export()
    dialog = page.acts.exporting
    assert dialog is not None
    dialog.path.setText(str(tmp_path / "links.csv"))

    QTest.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    dialog.reject()

    soon(lambda: dialog.said.text() == "Stopped: there is no file.")
    assert list(tmp_path.glob("links*")) == []
    assert dialog.isVisible()


def test_short_urls_are_copied_by_a_key(page: LinksPage, desk: Desk, soon: Soon) -> None:
    made = [desk.create_link("https://example.com/a", slug=slug) for slug in ("spring", "summer")]
    soon(lambda: _count(page) == 2 and "?" not in _slugs(page))
    assert page.acts.copy.toolTip() == "Select a link first."
    page.table.setFocus()
    page.table.selectAll()

    QTest.keyClicks(page.table, "c")

    assert QGuiApplication.clipboard().text() == "\n".join(link.short_url for link in reversed(made))
    assert page.acts.copy.text() == "Copied 2"


def test_somebody_goes_to_a_link_and_from_there_to_the_question_why(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: _count(page) == 1)
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


def test_a_screen_reader_is_told_all_of_a_link(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring", tags=["demo"])
    soon(lambda: _slugs(page) == ["spring"])

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
