"""Slugs that people choose: accepted, or refused together with some that are free."""

from sqlalchemy import select

from core.errors import InvalidInput
from core.producing.slugs import check_slug, similar_slugs, slug_key
from core.producing.tables import links
from core.storage.database import Database

#: Resembling slugs that are tried, and of which the free ones are proposed.
_TRIED, _PROPOSED = 6, 3


def choose_slug(database: Database, slug: str) -> str:
    """Give a chosen slug as it will be kept; that it is free is for the insert to find out.

    Raises:
        InvalidInput: with field "slug", and proposals where it is reserved.
    """
    try:
        return check_slug(slug)
    except InvalidInput as error:
        if error.code == "slug_reserved":
            error.proposals = free_slugs(database, slug.strip())
        raise


def free_slugs(database: Database, slug: str) -> tuple[str, ...]:
    """Propose some slugs that resemble one that can't be had."""
    keys = {slug_key(similar): similar for similar in similar_slugs(slug, _TRIED)}
    with database.reading() as db:
        taken = set(db.scalars(select(links.c.slug_key).where(links.c.slug_key.in_(keys))))
    return tuple(similar for key, similar in keys.items() if key not in taken)[:_PROPOSED]
