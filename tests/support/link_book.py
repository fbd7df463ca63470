"""What a test asks a book of links, and clicks that were counted."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import insert

from consumers import analytics_tables
from core.operating.links.book import LinkBook, LinkRow
from core.operating.links.roll import LinkQuery
from tests.support.burying import store_of
from tests.support.operated import Place


def slugs(book: LinkBook, query: LinkQuery = LinkQuery(), **limits: int) -> list[str]:  # noqa: B008 - it is frozen
    """Give the slugs of a roll, in order."""
    return [row.link.slug for row in book.rows(book.rolls.roll(query, **limits).link_ids)]


def only(book: LinkBook, slug: str) -> LinkRow:
    """Give the row of one link."""
    return book.detail(slug).row


@contextmanager
def counted(
    place: Place, clicks: dict[str, int], hours: dict[tuple[str, str], int] | None = None
) -> Iterator[None]:
    """Let analytics have counted clicks, by slug, and by slug and hour."""
    ids = {link.slug: link.link_id for link in place.desk.links.page()}
    store = store_of(place.desk.settings.data_dir, "analytics")
    with store.database.transaction() as db:
        analytics_tables.metadata.create_all(db)
        for slug, people in clicks.items():
            row = {"link_id": ids[slug], "team_id": "t", "slug": slug, "created_at": 0.0}
            db.execute(
                insert(analytics_tables.link_records).values(**row, clicks=people, bot_clicks=people + 1)
            )
        for (slug, hour), people in (hours or {}).items():
            values = {"link_id": ids[slug], "hour": hour, "clicks": people}
            db.execute(insert(analytics_tables.clicks_per_hour).values(values))
    yield
    store.database.close()
