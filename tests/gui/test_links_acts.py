"""What can be done with links, through the real window: edit, archive, restore, undo, copy."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from gui.links.page import LinksPage
from gui.links.words import edit_words
from gui.main_window import MainWindow
from gui.targets import Kind, Target
from tests.gui.links_view import Soon, cell, count, looked_at, slugs, states


@pytest.fixture
def page(light_frame: MainWindow) -> LinksPage:
    """Give the Links page over a desk that only commands."""
    return looked_at(light_frame)


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give that desk."""
    return attached


def test_a_link_is_edited_and_what_is_refused_is_told_at_its_field(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    desk.create_link("https://example.com/a", slug="spring", title="Spring")
    soon(lambda: slugs(page) == ["spring"])
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
    soon(lambda: cell(page, 0, "Tags") == "demo, autumn")
    link = desk.links.one("spring")
    assert (link.title, link.target_url) == ("Spring", "https://example.com/b")


def test_a_link_is_archived_by_a_key_without_a_question_and_comes_back_by_another(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: slugs(page) == ["summer", "spring"])
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
    soon(lambda: states(page) == ["archived", "live"])
    assert page.acts.archive.toolTip() == "All of them are archived already."
    QTest.keyClicks(page.table, "a")
    assert bar.said.whole == "All of them are archived already."
    QTest.keyClicks(page.table, "u")
    soon(lambda: bar.said.whole == "Undone: summer restored")
    soon(lambda: states(page) == ["live", "live"])
    assert bar.undo_button.isHidden()
    assert [edit.why for edit in desk.reading_room.links.detail("summer").edits] == ["undo", ""]

    QTest.keyClick(page.table, Qt.Key.Key_Escape)
    assert bar.isHidden()


def test_the_undo_can_be_reached_and_pressed_by_the_keyboard(page: LinksPage, desk: Desk, soon: Soon) -> None:
    desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: slugs(page) == ["spring"])
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
    desk.create_link("https://example.com/a", slug="spring")
    soon(lambda: slugs(page) == ["spring"])
    page.table.setFocus()
    for slug in ("summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    soon(lambda: count(page) == 3 and "?" not in slugs(page))

    QTest.keyClicks(page.table, "jajaja")

    soon(lambda: page.acts.bar.said.whole == "spring archived")
    soon(lambda: states(page) == ["archived"] * 3)


def test_many_are_archived_after_a_question_that_enter_confirms_and_all_come_back(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer", "winter"):
        desk.create_link("https://example.com/a", slug=slug)
    desk.archive_link("summer")
    desk.create_link("https://example.com/a", slug="autumn")
    soon(lambda: count(page) == 4)
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
    soon(lambda: states(page) == ["archived"] * 4)
    assert page.acts.bar.said.whole == "3 links archived"
    QTest.mouseClick(page.acts.bar.undo_button, Qt.MouseButton.LeftButton)
    soon(lambda: page.acts.bar.said.whole == "Undone: 3 links restored")
    soon(lambda: states(page) == ["live", "live", "archived", "live"])


def test_archived_links_are_restored_from_a_selection_and_what_failed_is_told(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("spring", "summer"):
        desk.create_link("https://example.com/a", slug=slug)
        desk.archive_link(slug)
    soon(lambda: states(page) == ["archived"] * 2)
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
    soon(lambda: states(page) == ["live"] * 2)


def test_the_drawer_restores_an_archived_link_and_its_history_tells_it(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    made = desk.create_link("https://example.com/a", slug="spring")
    desk.archive_link("spring", why="it is over")
    soon(lambda: slugs(page) == ["spring"])
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


def test_short_urls_are_copied_by_a_key(page: LinksPage, desk: Desk, soon: Soon) -> None:
    made = [desk.create_link("https://example.com/a", slug=slug) for slug in ("spring", "summer")]
    soon(lambda: count(page) == 2 and "?" not in slugs(page))
    assert page.acts.copy.toolTip() == "Select a link first."
    page.table.setFocus()
    page.table.selectAll()

    QTest.keyClicks(page.table, "c")

    assert QGuiApplication.clipboard().text() == "\n".join(link.short_url for link in reversed(made))
    assert page.acts.copy.text() == "Copied 2"
