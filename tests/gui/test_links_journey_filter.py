"""The Links page finds links by their journeys, and lets those go that are through."""

import pytest

from core.operating.desk import Desk
from gui.links.page import LinksPage
from gui.main_window import MainWindow
from tests.gui.links_view import Soon, looked_at, slugs
from tests.support.burying import store_of


@pytest.fixture
def page(light_frame: MainWindow) -> LinksPage:
    """Give the Links page over a desk that only commands."""
    return looked_at(light_frame)


@pytest.fixture
def desk(attached: Desk) -> Desk:
    """Give that desk."""
    return attached


def test_links_are_filtered_by_what_is_not_through_and_leave_when_it_is(
    page: LinksPage, desk: Desk, soon: Soon
) -> None:
    for slug in ("first", "second"):
        desk.create_link("https://example.com/", slug=slug)
    second = desk._installation.outbox.first_of_link(desk.links.one("second").link_id)
    assert second is not None
    store = store_of(desk.settings.data_dir, "qr")
    store.bury(second)

    page.filter.choose("Journey", "failed")
    soon(lambda: slugs(page) == ["second"])
    assert page.filter.words == "journey failed"
    page.filter.choose("Journey", "unfinished in qr")
    soon(lambda: slugs(page) == ["second", "first"])

    page.filter.choose("Journey", "failed")
    soon(lambda: slugs(page) == ["second"])
    store.decide(second.partition, second.position, state="discarded")

    soon(lambda: page.stage.blank is not None and page.stage.blank.title == "No link fits the filter")
    store.database.close()
