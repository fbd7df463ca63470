"""What the control database says: who runs which consumer, what operators want, what is broken on purpose."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from core.consuming.control_tables import journal, registered_consumers
from core.consuming.controls import Controls, Wanted
from core.consuming.faults import Fault, read_active
from core.consuming.heartbeats import SILENCE_S, Heartbeat, Heartbeats
from core.consuming.standstill import standstill
from core.operating.why.facts import Pause
from core.storage.database import Database


@dataclass(frozen=True, slots=True)
class ControlFacts:
    """All of it, read within one look."""

    #: When each consumer was registered, in display order.
    registered: dict[str, float]
    alive: dict[str, tuple[Heartbeat, ...]]
    last_heard: dict[str, Heartbeat]
    pauses: dict[str, Pause]
    #: By consumer, or "broker".
    faults: dict[str, tuple[Fault, ...]]
    standstill: str | None


def read_control(control: Database, now: float) -> ControlFacts:
    """Read what is so now.

    Raises:
        StoreUnavailable: it can't be read.
    """
    wanted = Controls(control).wanted()
    beats = sorted(Heartbeats(control).all(), key=lambda beat: beat.heard_at)
    order = registered_consumers.c.display_order, registered_consumers.c.registered_at
    with control.reading() as db:
        rows = db.execute(select(registered_consumers).order_by(*order)).all()
        pauses = {name: _pause(db, name, one) for name, one in wanted.items() if one.is_paused(now)}
    names = [row.name for row in rows]
    return ControlFacts(
        registered={row.name: row.registered_at for row in rows},
        alive={
            name: tuple(beat for beat in beats if beat.consumer == name and beat.heard_at > now - SILENCE_S)
            for name in names
        },
        last_heard={beat.consumer: beat for beat in beats},
        pauses=pauses,
        faults=read_active(control),
        standstill=standstill(control),
    )


def _pause(db: Connection, consumer: str, wanted: Wanted) -> Pause:
    """Read since when and why from the journal: other wishes may have come after the pause."""
    acts = (
        select(journal.c.at, journal.c.why)
        .where(journal.c.subject == consumer, journal.c.act.startswith("pause"))
        .order_by(journal.c.at.desc())
        .limit(1)
    )
    row = db.execute(acts).one()
    return Pause(wanted.changed_by or "somebody", row.at, wanted.paused_until, row.why)
