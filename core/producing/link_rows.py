"""The rows of links inside a transaction: found, locked, their history kept. The caller owns the transaction."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from core.errors import NotFound
from core.events.types import LinkCreated
from core.producing.slugs import slug_key
from core.producing.tables import link_edits, links


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody does to a link."""

    at: float
    by: str
    why: str


def created_data(row: dict[str, Any], slug: str, short_url: str) -> LinkCreated:
    """Give the data of a creation, from the row of the new link."""
    return LinkCreated(
        link_id=row["link_id"],
        team_id=row["team_id"],
        slug=slug,
        short_url=short_url,
        target_url=row["target_url"],
        title=row["title"],
        tags=tuple(json.loads(row["tags"])),
        created_by=row["created_by"],
    )


def keep_history(db: Connection, link: Row[Any], sequence: int, before: dict[str, Any], act: Act) -> None:
    """Write down what a link was before a change, and whose it was: the journal's entry, made with the act itself."""
    row = {"link_id": link.link_id, "sequence": sequence, "at": act.at, "by": act.by, "why": act.why}
    db.execute(insert(link_edits), {**row, "before": json.dumps(before, ensure_ascii=False)})


def find_link(db: Connection, name: str, *, lock: bool = False) -> Row[Any]:
    """Find a link by slug or id.

    Raises:
        NotFound: there is none.
    """
    by_slug = select(links).where(links.c.slug_key == slug_key(name))
    by_id = select(links).where(links.c.link_id == name)
    for statement in (by_slug, by_id):
        link = db.execute(statement.with_for_update() if lock else statement).one_or_none()
        if link is not None:
            return link
    raise NotFound(f"There is no link {name[:80]!r}.")


def lock_link(db: Connection, name: str) -> Row[Any]:
    """Find a link and keep others from changing it, so that its sequence counts 1, 2, 3 ... in commit order."""
    return find_link(db, name, lock=True)
