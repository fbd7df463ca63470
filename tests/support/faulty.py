"""Faults of one consumer, set and cleared as operators do it, and a worker that is told of them at once."""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from sqlalchemy import insert, update

from core.consuming import control_tables, tables
from core.consuming.control_tables import faults as fault_table
from core.consuming.faults import FaultKind, Faults, Figures, encode_figures, read_active
from core.errors import Rejected, Transient
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare

#: Never set: nobody stops.
RUNNING = threading.Event()


def open_named(folder: Path, name: str) -> Database:
    """Open a database of the runtime by its name, with its tables."""
    opened = open_sqlite(folder / f"{name}.db", name=name, durable=False)
    prepare(opened, control_tables.metadata if name == "control" else tables.metadata)
    return opened


class FaultyWorker:
    """The faults of the consumer "qr", told now what a worker's watcher would tell them within 0.1 s."""

    def __init__(self, control: Database, open_database: Callable[[str], Database]) -> None:
        self.control = control
        self.faults = Faults(control, "qr", open_database=open_database)

    def look(self, *, paused: bool = False) -> None:
        """See what is set now."""
        self.faults.want(read_active(self.control).get("qr", ()), paused=paused)

    def handle(self, events: Sequence[Event], stopping: threading.Event = RUNNING) -> None:
        """Look, then do what comes before handling."""
        self.look()
        self.faults.before_handling(events, stopping)

    def outcome(self, event: Event) -> str:
        """Handle one event; gives the name of the error, or "handled"."""
        try:
            self.handle([event])
        except (Rejected, Transient) as error:
            return type(error).__name__
        return "handled"


def set_fault(
    control: Database, kind: FaultKind, figures: Figures | None = None, *, ends_at: float | None = None
) -> int:
    """Set a fault of "qr", and give its number."""
    row = {"target": "qr", "kind": kind, "set_by": "ann", "set_at": time.time(), "ends_at": ends_at}
    arguments = encode_figures(figures or Figures()).decode()
    with control.transaction() as db:
        number: int = db.execute(
            insert(fault_table).values(**row, arguments=arguments).returning(fault_table.c.id)
        ).scalar_one()
    return number


def clear(control: Database, fault_id: int) -> None:
    """Clear a fault."""
    with control.transaction() as db:
        db.execute(update(fault_table).where(fault_table.c.id == fault_id).values(cleared_at=time.time()))
