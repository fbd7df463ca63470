"""Keep one record per link, and count its clicks in total and per hour.

Event:   LinkCreated.v1, LinkClicked.v1
Effect:  one `link_records` row per link; its clicks counted there and in `clicks_per_hour` (bots apart)
Repeat:  harmless - the record is unique per link, and the receipt that stops a second count commits with the counts
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, MetaData, bindparam, update

from consumers.analytics_audit import AnalyticsAudit
from consumers.analytics_tables import clicks_per_hour, link_records, metadata
from core.events.envelope import Event
from core.events.types import EventData, LinkClicked, LinkCreated
from core.storage.upsert import insert_for

_add_clicks = (
    update(link_records)
    .where(link_records.c.link_id == bindparam("link"))
    .values(
        clicks=link_records.c.clicks + bindparam("people"),
        bot_clicks=link_records.c.bot_clicks + bindparam("bots"),
    )
)


@dataclass(frozen=True, slots=True)
class Analytics:
    """The analytics consumer. A link's record always comes before its clicks: events keep their order per link."""

    name: ClassVar[str] = "analytics"
    handles: ClassVar[tuple[type[EventData], ...]] = (LinkCreated, LinkClicked)
    tables: ClassVar[MetaData] = metadata
    batch_size: ClassVar[int] = 400
    holds_behind_dead_letters: ClassVar[bool] = True

    def handle(self, events: Sequence[Event], db: Connection) -> None:
        """Start records, then count clicks."""
        facts = [(event, event.data) for event in events]
        created = [(event, data) for event, data in facts if isinstance(data, LinkCreated)]
        clicks = [(event, data) for event, data in facts if isinstance(data, LinkClicked)]
        if created:
            rows = [_record(event, data) for event, data in created]
            db.execute(insert_for(db, link_records).on_conflict_do_nothing(), rows)
        if clicks:
            _count(clicks, db)

    def helper(self, database: object) -> None:
        """Nothing to do outside the transaction."""

    def audit(self) -> AnalyticsAudit:
        """Give what the ledger asks."""
        return AnalyticsAudit()


def _record(event: Event, data: LinkCreated) -> dict[str, object]:
    return {
        "link_id": data.link_id,
        "team_id": data.team_id,
        "slug": data.slug,
        "created_at": event.committed_at,
        "clicks": 0,
        "bot_clicks": 0,
    }


def _count(clicks: Sequence[tuple[Event, LinkClicked]], db: Connection) -> None:
    people: Counter[str] = Counter(data.link_id for _, data in clicks if not data.bot)
    bots: Counter[str] = Counter(data.link_id for _, data in clicks if data.bot)
    totals = [{"link": link, "people": people[link], "bots": bots[link]} for link in {**people, **bots}]
    db.execute(_add_clicks, totals)
    hours = Counter((data.link_id, event.time[:13]) for event, data in clicks if not data.bot)
    if hours:
        statement = insert_for(db, clicks_per_hour)
        added = {"clicks": clicks_per_hour.c.clicks + statement.excluded.clicks}
        db.execute(
            statement.on_conflict_do_update(index_elements=["link_id", "hour"], set_=added),
            [{"link_id": link, "hour": hour, "clicks": count} for (link, hour), count in hours.items()],
        )
