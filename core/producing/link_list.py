"""Reading links: one, or a page of them, newest first."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, or_, select

from core.errors import NotFound
from core.producing.slugs import slug_key
from core.producing.tables import links, teams
from core.storage.database import Database

#: Databases limit the values in one statement; links are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Link:
    """One link as it is now; times in Unix seconds."""

    link_id: str
    slug: str
    short_url: str
    target_url: str
    entered_url: str
    title: str
    tags: tuple[str, ...]
    team: str
    created_at: float
    created_by: str
    updated_at: float
    expires_at: float | None
    archived_at: float | None


class LinkList:
    """The links of one database, to read."""

    def __init__(self, database: Database, short_base: str) -> None:
        self._database = database
        self._short_base = short_base

    def page(
        self, *, count: int = 100, search: str = "", archived: bool | None = None, before: float | None = None
    ) -> list[Link]:
        """Read up to `count` links, newest first, created before `before`; `search` looks into slug, target and title."""
        statement = select(links, teams.c.name.label("team")).join(teams).order_by(links.c.created_at.desc())
        if search:
            places = (links.c.slug, links.c.target_url, links.c.title)
            statement = statement.where(or_(*(place.icontains(search, autoescape=True) for place in places)))
        if archived is not None:
            statement = statement.where(
                links.c.archived_at.is_not(None) if archived else links.c.archived_at.is_(None)
            )
        if before is not None:
            statement = statement.where(links.c.created_at < before)
        with self._database.reading() as db:
            return [self._link(row) for row in db.execute(statement.limit(count))]

    def one(self, name: str) -> Link:
        """Read a link by slug or id.

        Raises:
            NotFound: there is none.
        """
        statement = select(links, teams.c.name.label("team")).join(teams)
        with self._database.reading() as db:
            for condition in (links.c.slug_key == slug_key(name), links.c.link_id == name):
                row = db.execute(statement.where(condition)).one_or_none()
                if row is not None:
                    return self._link(row)
        raise NotFound(f"There is no link {name[:80]!r}.")

    def some(self, link_ids: Collection[str]) -> dict[str, Link]:
        """Read links by their ids; those that do not exist are left out."""
        statement, listed = select(links, teams.c.name.label("team")).join(teams), list(link_ids)
        found: dict[str, Link] = {}
        with self._database.reading() as db:
            for start in range(0, len(listed), _LOOK_UP_AT_ONCE):
                piece = links.c.link_id.in_(listed[start : start + _LOOK_UP_AT_ONCE])
                found.update({row.link_id: self._link(row) for row in db.execute(statement.where(piece))})
        return found

    def _link(self, row: Row[Any]) -> Link:
        return Link(
            link_id=row.link_id,
            slug=row.slug,
            short_url=f"{self._short_base}/{row.slug}",
            target_url=row.target_url,
            entered_url=row.entered_url,
            title=row.title,
            tags=tuple(json.loads(row.tags)),
            team=row.team,
            created_at=row.created_at,
            created_by=row.created_by,
            updated_at=row.updated_at,
            expires_at=row.expires_at,
            archived_at=row.archived_at,
        )
