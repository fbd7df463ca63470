"""What the ledger asks of analytics: a record per link, each click counted once, and the hours adding up to the totals."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from consumers.analytics_tables import clicks_per_hour, link_records
from core.consuming.contract import Effects, Evidence, Examination
from core.events.envelope import Event
from core.events.types import LinkClicked

_hours = (
    select(clicks_per_hour.c.link_id, func.sum(clicks_per_hour.c.clicks).label("clicks"))
    .group_by(clicks_per_hour.c.link_id)
    .subquery()
)
#: Links whose hours don't add up; hours without a record are lost clicks, which the effects show.
_uneven = (
    select(link_records.c.link_id, link_records.c.clicks, func.coalesce(_hours.c.clicks, 0))
    .outerjoin(_hours, link_records.c.link_id == _hours.c.link_id)
    .where(link_records.c.clicks != func.coalesce(_hours.c.clicks, 0))
)


class AnalyticsAudit:
    """The keys are "<link> record", "<link> clicks" and "<link> bot clicks"."""

    def effects_of(self, event: Event) -> Iterable[str]:
        """See `core.consuming.contract.Audit.effects_of`."""
        if event.type != LinkClicked.type_name:
            return (f"{event.link_id} record",)
        data = event.data
        assert isinstance(data, LinkClicked)
        return (f"{event.link_id} {'bot clicks' if data.bot else 'clicks'}",)

    def effects(self, db: Connection) -> Iterator[Effects]:
        """See `core.consuming.contract.Audit.effects`."""
        rows = db.execute(
            select(link_records.c.link_id, link_records.c.clicks, link_records.c.bot_clicks)
        ).all()
        for link_id, clicks, bot_clicks in rows:
            yield Effects(f"{link_id} record", link_id, 1)
            if clicks:
                yield Effects(f"{link_id} clicks", link_id, clicks)
            if bot_clicks:
                yield Effects(f"{link_id} bot clicks", link_id, bot_clicks)

    def examine(self, db: Connection, _evidence: Evidence) -> Examination:
        """See `core.consuming.contract.Audit.examine`."""
        return Examination(
            [
                f"Link {link_id} has {clicks} clicks, but {hours} in its hours."
                for link_id, clicks, hours in db.execute(_uneven)
            ]
        )
