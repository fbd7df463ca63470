"""Whoever goes to a link by its slug is shown that link, on whatever page: whether it is listed by then, later, or not."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.operating.desk import Desk
from gui.links.page import LinksPage
from gui.main_window import MainWindow
from gui.pages import PAGES
from gui.targets import find_target
from tests.gui.links_view import LINKS, Soon, looked_at, slugs

SETTINGS = [place.title for place in PAGES].index("Settings")


@pytest.fixture
def frame(light_frame: MainWindow, attached: Desk) -> MainWindow:
    """Give the window with some links, at a page that is not that of the links."""
    for slug in ("spring", "summer", "autumn"):
        attached.create_link("https://example.com/", slug=slug)
    light_frame.go(SETTINGS)
    return light_frame


def go_by_key(frame: MainWindow, slug: str, soon: Soon) -> LinksPage:
    """Type g, a slug and Enter, and give the keyboard back to the window as a window manager does."""
    page = frame.pages.looked_at
    assert page is not None
    page.setFocus()
    QTest.keyClicks(page, "g")
    box = frame.keys.go_to
    soon(box.isVisible)
    box.field.setText(slug)
    QTest.keyClick(box.field, Qt.Key.Key_Return)
    soon(lambda: not box.isVisible())
    links = frame.pages.page(LINKS)
    assert isinstance(links, LinksPage)
    soon(lambda: frame.pages.looked_at is links and links.drawer.is_open)
    frame.activateWindow()
    soon(frame.isActiveWindow)
    return links


def shown(page: LinksPage, soon: Soon) -> str:
    """Give the slug in the drawer, once it is read."""
    soon(lambda: page.panel.row is not None)
    assert page.panel.row is not None
    return page.panel.row.link.slug


def test_on_a_page_that_nobody_has_looked_at_the_link_is_shown_and_selected_once_it_is_listed(
    frame: MainWindow, soon: Soon
) -> None:
    page = go_by_key(frame, "spring", soon)

    soon(lambda: slugs(page) == ["autumn", "summer", "spring"])

    assert shown(page, soon) == "spring"
    assert page.drawer.title.whole == "spring"
    assert [line.row.link.slug for line in page.table.selected_rows] == ["spring"]


def test_a_link_that_is_not_listed_stays_in_the_drawer_when_the_keyboard_comes_to_the_table(
    frame: MainWindow, soon: Soon
) -> None:
    page = looked_at(frame)
    page.filter.field.setText("summer")
    soon(lambda: slugs(page) == ["summer"])
    frame.go(SETTINGS)

    assert go_by_key(frame, "spring", soon) is page
    page.focus_content()
    soon(lambda: page.table.hasFocus() and page.table.current_row is not None)

    assert shown(page, soon) == "spring"
    assert not page.table.selectionModel().hasSelection()


def test_a_link_that_is_not_listed_stays_in_the_drawer_when_there_is_another_listing(
    frame: MainWindow, attached: Desk, soon: Soon
) -> None:
    page = looked_at(frame)
    page.filter.field.setText("er")
    soon(lambda: slugs(page) == ["summer"])
    page.table.select(page.table.rows.rows[0].link_id)
    page.go_to(find_target(attached, "spring", ()))
    assert shown(page, soon) == "spring"

    attached.create_link("https://example.com/", slug="winter")
    page.reader.begin()
    soon(lambda: slugs(page) == ["winter", "summer"])
    assert shown(page, soon) == "spring"

    page.filter.clear()
    soon(lambda: slugs(page) == ["winter", "autumn", "summer", "spring"])
    assert [line.row.link.slug for line in page.table.selected_rows] == ["spring"]
    activate_table(frame, page)
    QTest.keyClick(page.table, Qt.Key.Key_Up)
    soon(lambda: shown(page, soon) == "summer")


def activate_table(frame: MainWindow, page: LinksPage) -> None:
    """Put the keyboard into the table."""
    frame.activateWindow()
    page.table.setFocus()
