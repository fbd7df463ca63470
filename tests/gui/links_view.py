"""The Links page as a test looks at it: all links, newest first, and what is shown of each."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest

from gui.links.columns import COLUMNS
from gui.links.page import LinksPage
from gui.main_window import MainWindow
from gui.pages import PAGES

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


def slugs(page: LinksPage) -> list[str]:
    """Give the slugs, from the top; ? = not read yet."""
    return [line.row.link.slug if line.row else "?" for line in page.table.rows.rows]


def cell(page: LinksPage, row: int, title: str) -> str:
    """Give what a cell says, by the title of its column."""
    return str(page.table.links.index(row, TITLES.index(title)).data())


def count(page: LinksPage) -> int:
    """Count the links in the table; -1 = not all of them are read yet."""
    return len(page.table.links.lines) if page.reader.is_whole else -1


def states(page: LinksPage) -> list[str]:
    """Give the states of all links, from the top."""
    return [cell(page, row, "State") for row in range(len(page.table.rows.rows))]
