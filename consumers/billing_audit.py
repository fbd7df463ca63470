"""What the ledger asks of billing: each link billed once, to its own team and month, and usage counting exactly those."""

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, func, select

from consumers.billing_tables import billed_links, usage
from core.consuming.contract import Effects, Evidence, Examination
from core.events.envelope import Event

_counts = select(billed_links.c.team_id, billed_links.c.month, func.count()).group_by(
    billed_links.c.team_id, billed_links.c.month
)


class BillingAudit:
    """The keys are the links."""

    def effects_of(self, event: Event) -> Iterable[str]:
        """See `core.consuming.contract.Audit.effects_of`."""
        return (event.link_id,)

    def effects(self, db: Connection) -> Iterator[Effects]:
        """See `core.consuming.contract.Audit.effects`."""
        # The table allows a link only once.
        for link_id in db.scalars(select(billed_links.c.link_id)).all():
            yield Effects(link_id, link_id, 1)

    def examine(self, db: Connection, evidence: Evidence) -> Examination:
        """See `core.consuming.contract.Audit.examine`."""
        return Examination([*_misbilled(db, evidence), *_miscounted(db)])


def _misbilled(db: Connection, evidence: Evidence) -> Iterator[str]:
    """Hold each billed link against the link itself; an operator's own version of it may differ."""
    for link_id, team_id, month in db.execute(select(billed_links)).all():
        link = evidence.links.get(link_id)
        if link is None:
            yield f"Link {link_id} is billed, but there is no such link."
        elif (team_id, month) != (link.team_id, link.month) and not evidence.may_differ(link_id):
            yield (
                f"Link {link_id} is billed to team {team_id} in {month}; "
                f"it is team {link.team_id}'s, of {link.month}."
            )


def _miscounted(db: Connection) -> Iterator[str]:
    counted = {(team_id, month): count for team_id, month, count in db.execute(_counts)}
    used = {(team_id, month): links for team_id, month, links in db.execute(select(usage))}
    for team_id, month in sorted(counted.keys() | used.keys()):
        links, billed = used.get((team_id, month), 0), counted.get((team_id, month), 0)
        if links != billed:
            yield f"Team {team_id} is charged {links} links in {month}, but {billed} of its links are billed."
