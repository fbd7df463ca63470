"""Fixtures for the mutants: one load with the same kills and losses for each of them, on a real broker."""

import json
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis
from sqlalchemy import func, insert, select

from consumers.analytics import Analytics
from core.broker.server import EmbeddedBroker
from core.consuming.tables import inbox
from core.events.times import rfc3339
from core.operating.installation import Installation
from core.operating.ledger.ledger import Ledger
from core.operating.ledger.report import LedgerReport
from core.producing.producer import Producer
from core.producing.tables import links, outbox
from core.settings import Settings
from tests.bench.seed import link_and_event
from tests.mutants.naive import Fault, Point
from tests.support.links import PARTITIONS
from tests.support.programs import next_line, program, say

#: Over four partitions: at least one has more events than a reader of two takes, and than MAXLEN leaves.
_LINKS = 6
_KILLED = -9


@pytest.fixture(scope="module")
def nursery() -> Iterator["subprocess.Popen[str]"]:
    """Run the program that makes the processes."""
    with program("tests.mutants.nursery") as process:
        yield process


@dataclass(slots=True)
class Stage:
    """One installation with the program's producer; relay and consumer are naive, in processes of their own."""

    installation: Installation
    broker: EmbeddedBroker
    client: redis.Redis
    nursery: "subprocess.Popen[str]"
    kills: int = 0

    def run(self, fault: Fault | None) -> None:
        """Create and click links while everything is killed once at each point, and the broker loses all it has."""
        self.create()
        self.click(2)
        self.play("relay", fault, kill_at=Point.PUBLISHED)
        self.play("relay", fault)
        self.play("consumer", fault, kill_at=Point.HANDLED)
        self.play("consumer", fault, kill_at=Point.COMMITTED)
        self.play("consumer", fault)
        self.commit_late(fault)
        self.click(1)
        self.play("relay", fault)
        self.client.flushall()
        for times, point in ((1, Point.HANDLED), (2, None)):
            # Behind whatever is lost comes something that is not. Twice at the end, where nobody is killed: wherever
            # chance has put the links, one partition then has two events of one link in the hands of two readers.
            self.click(times)
            self.play("relay", fault)
            self.play("consumer", fault, kill_at=point)
        self.play("consumer", fault)

    def create(self) -> None:
        for number in range(_LINKS):
            self.producer.create_link("https://example.com/", by="ann", slug=f"link-{number}")

    def click(self, times: int) -> None:
        """Click each link that there is."""
        with self.installation.links.reading() as db:
            slugs = db.scalars(select(links.c.slug)).all()
        for _ in range(times):
            for slug in slugs:
                self.producer.click(slug, user_agent="Firefox/140.0")

    def commit_late(self, fault: Fault | None) -> None:
        """Commit two links in the other order of their ids, as databases with several writers do; the relay is quick."""
        team = self.installation.teams.find(None).team_id
        with self.installation.links.reading() as db:
            newest = db.scalar(select(func.max(outbox.c.id))) or 0
        slow, fast = link_and_event(team, 1, PARTITIONS), link_and_event(team, 2, PARTITIONS)
        slow[1].update(id=newest + 1, time=rfc3339(time.time() - 60))
        fast[1].update(id=newest + 2)
        for link, event in (fast, slow):
            with self.installation.links.transaction() as db:
                db.execute(insert(links), link)
                db.execute(insert(outbox), event)
            self.play("relay", fault)

    def play(self, role: str, fault: Fault | None, *, kill_at: Point | None = None) -> None:
        """Let one process work until it is done, or killed."""
        order = {
            "data_dir": str(self.installation.settings.data_dir),
            "broker": self.broker.url,
            "partitions": PARTITIONS,
            "role": role,
            "fault": fault,
            "kill_at": kill_at,
        }
        say(self.nursery, json.dumps(order))
        ended = int(next_line(self.nursery))
        # A fault may keep it from ever getting there.
        assert ended == 0 or (ended == _KILLED and kill_at is not None)
        self.kills += ended == _KILLED

    def check(self) -> LedgerReport:
        """Let the ledger look."""
        return Ledger(self.installation, [Analytics()]).check()

    def without_receipt(self) -> set[str]:
        """Give the ids of the committed events that have no receipt."""
        with self.installation.links.reading() as db:
            committed = set(db.scalars(select(outbox.c.event_id)))
        database = self.installation.open_database("analytics")
        with database.reading() as db:
            applied = set(db.scalars(select(inbox.c.event_id)))
        database.close()
        return committed - applied

    @property
    def producer(self) -> Producer:
        """The program's own."""
        return Producer(
            self.installation.links,
            self.installation.outbox,
            self.installation.teams,
            short_base=self.installation.settings.short_base,
            on_commit=lambda: None,
        )


@pytest.fixture
def stage(
    tmp_path: Path, broker: EmbeddedBroker, client: redis.Redis, nursery: "subprocess.Popen[str]"
) -> Iterator[Stage]:
    settings = Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS)
    installation = Installation(settings)
    yield Stage(installation, broker, client, nursery)
    installation.close()
