"""What was done to a link, by whom and why, and what was so before: the history that each change writes with itself."""

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select

from core.producing.link_list import Link
from core.producing.tables import link_edits
from core.storage.database import Database

#: Fields whose edits are told; the address as it was entered goes with the target.
_TOLD = ("target_url", "title", "tags", "archived_at")


class LinkAct(StrEnum):
    """What can be done to a link."""

    CREATE = "create link"
    EDIT = "edit link"
    ARCHIVE = "archive link"
    RESTORE = "restore link"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an edit; tags are tuples, times Unix seconds."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class LinkEdit:
    """One act on a link after its creation."""

    #: Its number among the acts on this link; 1 is the creation.
    sequence: int
    #: In Unix seconds.
    at: float
    by: str
    act: LinkAct
    why: str
    changes: tuple[FieldChange, ...]
    #: The address that was entered before, where the target was changed.
    entered_before: str | None = None


def edits_of(database: Database, link: Link) -> tuple[LinkEdit, ...]:
    """Read a link's edits, newest first; what a field was after one is what it was before the next.

    Raises:
        StoreUnavailable: they can't be read now.
    """
    statement = select(link_edits).where(link_edits.c.link_id == link.link_id)
    with database.reading() as db:
        rows = db.execute(statement.order_by(link_edits.c.sequence.desc())).all()
    after: dict[str, Any] = {name: getattr(link, name) for name in _TOLD}
    edits = []
    for row in rows:
        edits.append(_edit(row, after))
        after |= {change.field: change.before for change in edits[-1].changes}
    return tuple(edits)


def _edit(row: Row[Any], after: dict[str, Any]) -> LinkEdit:
    before = json.loads(row.before)
    if "tags" in before:
        before["tags"] = tuple(json.loads(before["tags"]))
    changes = tuple(FieldChange(name, before[name], after[name]) for name in _TOLD if name in before)
    return LinkEdit(
        row.sequence, row.at, row.by, _act(before), row.why or "", changes, before.get("entered_url")
    )


def _act(before: dict[str, Any]) -> LinkAct:
    if "archived_at" not in before:
        return LinkAct.EDIT
    return LinkAct.ARCHIVE if before["archived_at"] is None else LinkAct.RESTORE
