"""Where acts are written down, the journal's own table, and the links'."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, case, func, literal, null, or_, select

from core.consuming.control_tables import journal
from core.operating.journal.entries import JournalEntry, JournalFilter
from core.operating.journal.intents import UNKNOWN
from core.operating.links.history import LinkAct
from core.producing.tables import link_edits, links

#: How the history says that a link was archived, or restored: by what it was before.
_WAS_THERE, _WAS_ARCHIVED = '{"archived_at": null}', '{"archived_at": '


@dataclass(frozen=True, slots=True)
class Source:
    """A table with acts, and what the columns of an entry are there."""

    table: FromClause
    at: ColumnElement[Any]
    by: ColumnElement[Any]
    act: ColumnElement[Any]
    subject: ColumnElement[Any]
    why: ColumnElement[Any]
    entry_id: ColumnElement[Any]
    link_id: ColumnElement[Any]
    #: What rises with each act, and has an index.
    order: ColumnElement[Any]
    #: All acts that there are; empty = any.
    acts: tuple[str, ...] = ()

    def may_have(self, wanted: JournalFilter) -> bool:
        """Whether it can have such acts at all."""
        return not wanted.act or not self.acts or wanted.act in self.acts

    def newest(self, db: Connection) -> float:
        """Give what has risen with the newest act; 0 = there is none."""
        return db.scalar(select(func.max(self.order))) or 0

    def read(self, db: Connection, count: int, wanted: JournalFilter) -> list[JournalEntry]:
        """Read the newest acts that are wanted, at most so many."""
        columns = (self.at, self.by, self.act, self.subject, self.why, self.entry_id, self.link_id)
        statement = select(*columns).select_from(self.table).where(*self._conditions(wanted))
        return [JournalEntry(*row) for row in db.execute(statement.order_by(self.order.desc()).limit(count))]

    def count(self, db: Connection, wanted: JournalFilter) -> int:
        """Count the acts that are wanted."""
        conditions, statement = self._conditions(wanted), select(func.count(self.order))
        if conditions:
            statement = statement.select_from(self.table).where(*conditions)
        return db.scalar(statement) or 0

    def _conditions(self, wanted: JournalFilter) -> Sequence[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wanted.by:
            found.append(self.by == wanted.by)
        if wanted.act:
            found.append(self.act.startswith(wanted.act, autoescape=True))
        if wanted.subject:
            found.append(self.subject == wanted.subject)
        if wanted.text:
            places = (self.by, self.act, self.subject, self.why)
            found.append(or_(*(place.icontains(wanted.text, autoescape=True) for place in places)))
        return found


#: Acts on consumers, endpoints, the broker and so on.
OWN = Source(
    table=journal,
    at=journal.c.at,
    by=journal.c.by,
    act=case((journal.c.begun.is_(None), journal.c.act), else_=journal.c.act + UNKNOWN),
    subject=journal.c.subject,
    why=journal.c.why,
    entry_id=journal.c.id,
    link_id=null(),
    order=journal.c.id,
)
CREATIONS = Source(
    table=links,
    at=links.c.created_at,
    by=links.c.created_by,
    act=literal(LinkAct.CREATE.value),
    subject=links.c.slug,
    why=literal(""),
    entry_id=literal(1),
    link_id=links.c.link_id,
    order=links.c.created_at,
    acts=(LinkAct.CREATE.value,),
)
CHANGES = Source(
    table=link_edits.join(links, links.c.link_id == link_edits.c.link_id),
    at=link_edits.c.at,
    by=link_edits.c.by,
    act=case(
        (link_edits.c.before == _WAS_THERE, LinkAct.ARCHIVE.value),
        (link_edits.c.before.startswith(_WAS_ARCHIVED, autoescape=True), LinkAct.RESTORE.value),
        else_=LinkAct.EDIT.value,
    ),
    subject=links.c.slug,
    why=func.coalesce(link_edits.c.why, ""),
    entry_id=link_edits.c.sequence,
    link_id=link_edits.c.link_id,
    order=link_edits.c.at,
    acts=(LinkAct.EDIT.value, LinkAct.ARCHIVE.value, LinkAct.RESTORE.value),
)
