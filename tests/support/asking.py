"""An installation to be asked why: real databases, broker and relay; consumers in real workers, or led by the hand."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import select

from consumers import NAMES, build_consumers
from core.broker.streams import Streams
from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.inbox import Inbox
from core.consuming.ownership import Holding
from core.consuming.worker import Worker
from core.events.envelope import Event
from core.operating.dead_letters.acts import DeadLetters
from core.operating.installation import Installation
from core.operating.program import Program
from core.operating.upkeep.floors import read_floor
from core.operating.why.answer import Answer, Rung
from core.operating.why.inquiry import Why
from core.operating.worker_room import build_consumers as build_for
from core.operating.worker_room import build_worker
from core.producing.producer import Producer
from core.producing.relay import Relay
from core.producing.tables import links, outbox
from core.settings import Settings
from core.storage.database import Database
from tests.support.links import PARTITIONS
from tests.support.looping import take_all
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

PROGRAM = Program((sys.executable, str(MAIN)), NAMES, build_consumers)


class Site:
    """One installation; what was opened or started here is closed by `close`."""

    def __init__(self, data_dir: Path, broker_url: str, database_url: str | None = None) -> None:
        settings = Settings(
            data_dir=data_dir,
            broker=broker_url,
            database=database_url,
            partitions=PARTITIONS,
            allow_private_targets=True,
        )
        self.data_dir = data_dir
        self.installation = Installation(settings)
        self.control = self.installation.control
        self.controls = Controls(self.control)
        self.controls.register(NAMES)
        self.relay = Relay(
            self.installation.outbox,
            self.installation.open_streams(),
            floor=lambda: read_floor(self.installation),
        )
        self.letters = DeadLetters(self.installation, on_commit=lambda: None)
        self.is_run = True
        self.inquiry = Why(self.installation, PROGRAM, lambda: self.relay.error, lambda: self.is_run)
        self.producer = Producer(
            self.installation.links,
            self.installation.outbox,
            self.installation.teams,
            short_base=settings.short_base,
            on_commit=lambda: None,
        )
        self._hands: list[Hand] = []
        self._closing: list[Callable[[], object]] = [self.installation.close]

    # What happens

    def create(self, slug: str = "abc", *, published: bool = True) -> Event:
        """Create a link and publish its event; gives that, with position 0 if it was not to be published."""
        self.producer.create_link("https://example.com/", by="ann", slug=slug)
        if published:
            self.publish()
        return self.events(slug)[0]

    def click(self, slug: str = "abc") -> Event:
        """Click a link and publish the event."""
        self.producer.click(slug, user_agent="Firefox/140.0")
        self.publish()
        return self.events(slug)[-1]

    def publish(self) -> None:
        """Publish whatever the broker lacks."""
        self.relay._seen = {}
        while self.relay.publish():
            pass

    def events(self, slug: str) -> list[Event]:
        """Read all events of a link."""
        columns = [outbox.c[name] for name in Event.__struct_fields__]
        statement = (
            select(*columns).join(links, links.c.link_id == outbox.c.link_id).where(links.c.slug == slug)
        )
        with self.installation.links.reading() as db:
            return [Event(*row) for row in db.execute(statement.order_by(outbox.c.id))]

    def start(self, *names: str) -> Worker:
        """Start a worker in this process for some consumers."""
        worker = build_worker(self.installation, PROGRAM, names)
        worker.start()
        self._closing.append(lambda: worker.stop(PATIENCE_S))
        return worker

    def lead(self, name: str, worker: str = "hand") -> "Hand":
        """Be a worker of one consumer that does what the test says, and nothing else."""
        hand = Hand(self, name, worker)
        self._hands.append(hand)
        self._closing.append(hand.close)
        return hand

    def beat(self, name: str, worker: str = "hand", error: str | None = None) -> None:
        """Let a worker be heard of."""
        now = time.time()
        Heartbeats(self.control).beat([Heartbeat(worker, name, "host", 1, now, now, 1, False, 0, error)])

    def start_relay(self) -> None:
        """Let the relay run by itself."""
        self.relay.start()
        self._closing.append(lambda: self.relay.join(PATIENCE_S))
        self._closing.append(self.relay.stop)

    def change(self, name: str, *statements: Any) -> None:
        """Do damage to a consumer's database, or to links or control."""
        database = self.database(name)
        with database.transaction() as db:
            for statement in statements:
                assert db.execute(statement).rowcount != 0
        if name not in ("links", "control"):
            database.close()

    def database(self, name: str) -> Database:
        """Open a database by its name."""
        return {"links": self.installation.links, "control": self.control}.get(
            name
        ) or self.installation.open_database(name)

    # What is asked

    def why(self, name: str, consumer: str) -> Answer:
        """Ask about one event and one consumer; whoever is led by the hand is heard of meanwhile."""
        for hand in self._hands:
            if hand.is_alive:
                self.beat(hand.name, hand.worker)
        (one,) = self.inquiry.ask(name, consumer).events
        return one.answers[consumer]

    def comes_to(self, rung: Rung, name: str, consumer: str) -> Answer:
        """Wait until that is the answer, and give it."""
        last: list[Answer] = []

        def is_there() -> bool:
            last[:] = [self.why(name, consumer)]
            assert last[0].rung is rung, last[0]
            return True

        eventually(is_there)
        return last[0]

    def close(self) -> None:
        """Stop and close everything."""
        for close in reversed(self._closing):
            close()


class Hand:
    """A worker of one consumer, step by step: it owns all partitions and is heard of; the parts are the runtime's own."""

    def __init__(self, site: Site, name: str, worker: str) -> None:
        self._site = site
        self.name = name
        self.worker = worker
        self.is_alive = True
        (self.consumer,) = (one for one in build_for(site.installation, PROGRAM) if one.name == name)
        self.database = site.installation.open_database(name)
        self.inbox = Inbox(self.consumer, self.database, worker)
        self.streams: Streams = site.installation.open_streams()
        self.inbox.prepare(range(PARTITIONS), site.installation.outbox)
        self.holdings: dict[int, Holding] = take_all(self.database, worker)
        site.beat(name, worker)

    def greet(self) -> None:
        """Make the group in the broker."""
        self.streams.create_groups(self.name)

    def take(self) -> None:
        """Be given everything that the broker has."""
        self.streams.read_new(self.name, list(range(PARTITIONS)), count=100, block_ms=1_000)

    def acknowledge(self, *events: Event) -> None:
        """Acknowledge events."""
        self.streams.acknowledge(self.name, {event.partition: [event.position] for event in events})

    def apply(self, *events: Event) -> None:
        """Apply events that are next, as the runtime does; helpers are not at work."""
        for event in events:
            self.inbox.apply({event.partition: [event]}, self.holdings)

    def die(self) -> None:
        """Be heard of no more, without giving anything back."""
        self.is_alive = False
        Heartbeats(self._site.control).end(self.worker)

    def close(self) -> None:
        """Close everything."""
        self.streams.close()
        self.database.close()


@contextmanager
def site_on(data_dir: Path, broker_url: str, database_url: str | None = None) -> Iterator[Site]:
    """Give a site, and close it."""
    site = Site(data_dir, broker_url, database_url)
    try:
        yield site
    finally:
        site.close()
