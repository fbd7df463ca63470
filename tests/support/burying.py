"""Dead letters and waiting keys in consumers' databases, put there as a worker would, and a stand-in for the worker."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import insert, update

from core.consuming import tables
from core.consuming.contract import Answer
from core.consuming.requests import Request, Requests
from core.consuming.tables import dead_letters, failed_attempts, inbox, parked, parked_keys, watermarks
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare

TRACEBACK = """Traceback (most recent call last):
  File "/srv/shop/core/consuming/inbox.py", line 66, in apply
    self._consumer.handle(handled, db)
  File "/srv/shop/consumers/billing.py", line 55, in handle
    raise ValueError(text)
ValueError: no plan
"""


class Store:
    """One consumer's database, with the runtime's tables."""

    def __init__(self, database: Database) -> None:
        self.database = database
        prepare(database, tables.metadata)

    def applied(self, *events: Event, outcome: str = "applied") -> None:
        """Write receipts."""
        for event in events:
            row = {"event_id": event.event_id, "outcome": outcome, "applied_at": 1.0, "worker": "w"}
            self._write(insert(inbox).values(partition=event.partition, position=event.position, **row))

    def reached(self, partition: int, position: int) -> None:
        """Move a watermark."""
        self._write(insert(watermarks).values(partition=partition, position=position))

    def bury(self, event: Event, **changes: Any) -> None:
        """Write a dead letter."""
        row = {
            "error_class": "poison",
            "error": "ValueError: no plan",
            "traceback": TRACEBACK,
            "attempts": 5,
            "first_failed_at": time.time() - 60,
            "last_failed_at": time.time() - 30,
            "worker": "w",
            "state": "dead",
        }
        self._write(insert(dead_letters).values(**_columns(event), **{**row, **changes}))

    def park(self, event: Event, *, parked_at: float = 1.0, **changes: Any) -> None:
        """Let an event wait."""
        key = {
            "link_id": event.link_id,
            "partition": event.partition,
            "error_class": "transient",
            "error": "OSError: no disk",
            "traceback": "",
            "attempts": 2,
            "strikes": 0,
            "first_failed_at": time.time() - 60,
            "last_failed_at": time.time() - 30,
            "next_attempt_at": time.time() + 30,
        }
        self._write(insert(parked).values(**_columns(event), parked_at=parked_at))
        self._write(insert(parked_keys).values({**key, **changes}))

    def park_behind(self, event: Event) -> None:
        """Let an event wait behind one of its link that waits already."""
        self._write(insert(parked).values(**_columns(event), parked_at=2.0))

    def failed(self, event: Event, times: Mapping[int, float]) -> None:
        """Write failed attempts at an event, by their numbers."""
        place = {"partition": event.partition, "position": event.position}
        why = {"error_class": "transient", "error": "OSError: no disk", "worker": "w"}
        for number, at in times.items():
            self._write(insert(failed_attempts).values(**place, number=number, failed_at=at, **why))

    def decide(self, partition: int, position: int, **changes: Any) -> None:
        """Change a dead letter."""
        place = (dead_letters.c.partition == partition) & (dead_letters.c.position == position)
        self._write(update(dead_letters).where(place).values(**changes))

    def _write(self, statement: Any) -> None:
        with self.database.transaction() as db:
            db.execute(statement)


def store_of(data_dir: Path, consumer: str) -> Store:
    """Give a consumer's database in a data dir."""
    return Store(open_sqlite(data_dir / f"{consumer}.db", name=consumer, durable=False))


def _columns(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__struct_fields__}


@contextmanager
def requests_done(
    control: Database, stores: dict[str, Store], after_retry: dict[str, Any], *, done: bool = True
) -> Iterator[list[Request]]:
    """Do what is requested of some consumers, until the block ends; gives what was asked for.

    With `done` false all is answered, and nothing is done. `after_retry` is what a dead letter becomes once it has been
    tried again.
    """
    requests, stop, asked = Requests(control), threading.Event(), []

    def work() -> None:
        while not stop.wait(0.02):
            for request in requests.waiting():
                changes = {"state": "discarded", "why": request.why, "replaced_by": request.argument}
                if request.act == "retry":
                    changes = after_retry
                if done and request.position is not None:
                    stores[request.consumer].decide(request.partition or 0, request.position, **changes)
                asked.append(request)
                answer = Answer(f"{request.act} done." if done else "It waits no more.", done=done)
                requests.done([(request.request_id, answer)])

    worker = threading.Thread(target=work, name="stand-in")
    worker.start()
    try:
        yield asked
    finally:
        stop.set()
        worker.join()
