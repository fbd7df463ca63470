"""The list is how an operator finds a link again."""

import pytest
from sqlalchemy import update

from core.producing.tables import links
from tests.support.links import LinkSide


@pytest.fixture
def four(link_side: LinkSide) -> list[str]:
    """Give the slugs of four links, made one after another."""
    for number, (slug, title) in enumerate(
        [("one", "First"), ("two", ""), ("three", "100% off"), ("four_x", "")]
    ):
        made = link_side.producer.create_link(f"https://example.com/{slug}", by="ann", slug=slug, title=title)
        with link_side.database.transaction() as db:
            db.execute(
                update(links).where(links.c.link_id == made.link_id).values(created_at=1_000.0 + number)
            )
    link_side.producer.archive_link("two", by="ann")
    return ["one", "two", "three", "four_x"]


def test_the_newest_come_first_page_by_page(link_side: LinkSide, four: list[str]) -> None:
    first = link_side.list.page(count=3)
    second = link_side.list.page(count=3, before=first[-1].created_at)

    assert [link.slug for link in (*first, *second)] == four[::-1]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("TWO", ["two"]),
        ("first", ["one"]),
        ("example.com/t", ["three", "two"]),
        # Not wildcards: what is typed is what is looked for.
        ("100%", ["three"]),
        ("_", ["four_x"]),
        ("nothing", []),
    ],
)
def test_search_looks_into_slug_target_and_title(
    link_side: LinkSide, four: list[str], search: str, found: list[str]
) -> None:
    assert [link.slug for link in link_side.list.page(search=search)] == found


@pytest.mark.parametrize(("archived", "found"), [(True, ["two"]), (False, ["four_x", "three", "one"])])
def test_archived_links_can_be_had_apart(
    link_side: LinkSide, four: list[str], archived: bool, found: list[str]
) -> None:
    assert [link.slug for link in link_side.list.page(archived=archived)] == found


def test_a_slug_wins_over_an_id_of_the_same_text(link_side: LinkSide) -> None:
    made = link_side.producer.create_link("https://example.com/", by="ann")
    disguised = link_side.producer.create_link("https://example.org/", by="ann", slug=made.link_id)

    assert link_side.list.one(made.link_id).link_id == disguised.link_id
    assert link_side.list.one(disguised.link_id).link_id == disguised.link_id
