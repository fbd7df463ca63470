"""Count the links that each team created in each UTC month.

Event:   LinkCreated.v1
Effect:  one `billed_links` row per link, and the count of its team and month in `usage`
Repeat:  harmless - a link that has a row is not counted again, and the receipt commits with the count
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, MetaData, insert, select

from consumers.billing_audit import BillingAudit
from consumers.billing_tables import billed_links, metadata, usage
from core.events.envelope import Event
from core.events.types import EventData, LinkCreated
from core.storage.upsert import insert_for

#: Databases limit the values in one statement; lists are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Billing:
    """The billing consumer. Counts never fall with an archived link, nor rise with a restored one: it was created once."""

    name: ClassVar[str] = "billing"
    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated,)
    tables: ClassVar[MetaData] = metadata
    batch_size: ClassVar[int] = 400
    holds_behind_dead_letters: ClassVar[bool] = False

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Count the links that were never counted."""
        rows = {
            event.link_id: {"link_id": event.link_id, "team_id": event.data.team_id, "month": event.time[:7]}
            for event in events
        }
        for link_id in _billed(list(rows), db):
            del rows[link_id]
        if not rows:
            return
        db.execute(insert(billed_links), list(rows.values()))
        counts = Counter((row["team_id"], row["month"]) for row in rows.values())
        statement = insert_for(db, usage)
        added = {"links": usage.c.links + statement.excluded.links}
        db.execute(
            statement.on_conflict_do_update(index_elements=["team_id", "month"], set_=added),
            [{"team_id": team, "month": month, "links": count} for (team, month), count in counts.items()],
        )

    def helper(self, database: object) -> None:
        """Nothing to do outside the transaction."""

    def audit(self) -> BillingAudit:
        """Give what the ledger asks."""
        return BillingAudit()


def _billed(link_ids: list[str], db: Connection) -> list[str]:
    found: list[str] = []
    for start in range(0, len(link_ids), _LOOK_UP_AT_ONCE):
        part = link_ids[start : start + _LOOK_UP_AT_ONCE]
        found += db.scalars(select(billed_links.c.link_id).where(billed_links.c.link_id.in_(part)))
    return found
