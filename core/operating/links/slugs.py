"""What links are called, for people: by their events, and by their rows."""

from collections.abc import Collection

from sqlalchemy import select

from core.errors import MalformedEvent
from core.events.envelope import Event
from core.producing.tables import links
from core.storage.database import Database

#: Databases limit the values in one statement; links are looked up in pieces of this size.
_AT_ONCE = 500


def slug_of(event: Event) -> str:
    """Give the slug that an event tells of; of an event that can't be read, its link's id."""
    try:
        return str(getattr(event.data, "slug", event.link_id))
    except MalformedEvent:
        return event.link_id


def slugs_of(database: Database, link_ids: Collection[str]) -> dict[str, str]:
    """Give the slugs of links by their ids; those that do not exist are left out.

    Raises:
        StoreUnavailable: the links can't be read now.
    """
    wanted, found = sorted(link_ids), {}
    with database.reading() as db:
        for start in range(0, len(wanted), _AT_ONCE):
            piece = wanted[start : start + _AT_ONCE]
            statement = select(links.c.link_id, links.c.slug).where(links.c.link_id.in_(piece))
            found.update({row.link_id: row.slug for row in db.execute(statement)})
    return found
