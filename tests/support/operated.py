"""An installation on which nothing runs, as operators see it, with the databases of some consumers."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from consumers import NAMES, build_consumers
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.events.envelope import Event
from core.operating.dead_letters.acts import DeadLetters
from core.operating.dead_letters.rows import DeadLetter, Selection
from core.operating.desk import Desk
from core.operating.program import Program
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import Store, store_of
from tests.support.links import give_positions
from tests.support.programs import MAIN


@dataclass(frozen=True)
class Place:
    """An installation on which nothing runs, with the databases of three consumers."""

    desk: Desk
    stores: dict[str, Store]

    @property
    def letters(self) -> DeadLetters:
        return self.desk.dead_letters

    @property
    def control(self) -> Database:
        return self.desk._installation.control

    def created(self, slug: str) -> Event:
        """Create a link, and give its event."""
        event_id = self.desk.create_link("https://example.com/", slug=slug, title="A title").event_id
        give_positions(self.desk._installation.outbox)
        return next(event for event in self.events() if event.event_id == event_id)

    def events(self) -> list[Event]:
        outbox = self.desk._installation.outbox
        return [
            event
            for number in range(outbox.partition_count)
            for event in outbox.read(number, after=0, limit=100)
        ]

    def only(self, **selected: Any) -> DeadLetter:
        (letter,) = self.letters.find(Selection(**selected))
        return letter

    def beat(self, *consumers: str) -> None:
        """Let a worker be heard of."""
        now = time.time()
        Heartbeats(self.control).beat(
            [Heartbeat("w", name, "host", 1, now, now, 1, False, 0, None) for name in consumers]
        )


@contextmanager
def operated(data_dir: Path) -> Iterator[Place]:
    """Give an installation with the databases of billing, qr and webhook."""
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    desk = Desk.attach(Settings.load(data_dir=data_dir), program=program)
    stores = {name: store_of(data_dir, name) for name in ("billing", "qr", "webhook")}
    yield Place(desk, stores)
    for store in stores.values():
        store.database.close()
    desk.close()
