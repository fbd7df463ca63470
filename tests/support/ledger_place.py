"""An installation for the ledger to look at: all five consumers have dealt with everything, and damage can be done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import select, text

from consumers import NAMES, build_consumers
from core.consuming.contract import Consumer
from core.events.envelope import Event
from core.operating.installation import Installation
from core.operating.ledger.ledger import Ledger
from core.operating.ledger.report import Account, LedgerReport
from core.operating.program import Program
from core.operating.worker_room import build_consumers as build_for
from core.producing.producer import Producer
from core.producing.tables import links, outbox, partitions
from core.settings import Settings
from tests.mutants.naive import NaiveConsumer, NaiveRelay, Script
from tests.support.links import PARTITIONS

_SCRIPT = Script(None)


class Place:
    """An installation whose five consumers have dealt with some links and clicks, and what can be done to it."""

    def __init__(
        self, data_dir: Path, broker_url: str, client: redis.Redis, database_url: str | None = None
    ) -> None:
        settings = Settings(
            data_dir=data_dir,
            broker=broker_url,
            database=database_url,
            partitions=PARTITIONS,
            allow_private_targets=True,
        )
        self.data_dir = data_dir
        self.installation = Installation(settings)
        self.consumers = {
            c.name: c for c in build_for(self.installation, Program((), NAMES, build_consumers))
        }
        self._client = client
        self.producer = Producer(
            self.installation.links,
            self.installation.outbox,
            self.installation.teams,
            short_base=settings.short_base,
            on_commit=lambda: None,
        )

    def publish(self) -> None:
        NaiveRelay(self.installation.links, self._client, _SCRIPT).publish()

    def consume(self, *names: str) -> None:
        for name in names or NAMES:
            self._drain(self.consumers[name])

    def _drain(self, consumer: Consumer) -> None:
        database = self.installation.open_database(consumer.name)
        NaiveConsumer(consumer, database, self._client, PARTITIONS, _SCRIPT).drain()
        database.close()

    def publish_again(self, row: Any, audience: str = "dashboard") -> None:
        """Publish an event of the outbox in its own place once more, for one consumer alone."""
        with self.installation.links.transaction() as db:
            self.installation.outbox.add(
                db,
                Event(*(getattr(row, name) for name in Event.__struct_fields__)).data,
                sequence=row.sequence,
                traceparent=row.traceparent,
                at=time.time(),
                origin=row.event_id,
                audience=audience,
            )
        self.publish()

    def check(self, *, full: bool = False) -> LedgerReport:
        return Ledger(self.installation, list(self.consumers.values())).check(full=full)

    def change(self, name: str, *statements: Any) -> None:
        """Do damage to a database, in one transaction."""
        database = self.installation.links if name == "links" else self.installation.open_database(name)
        with database.transaction() as db:
            for statement in statements:
                assert db.execute(statement).rowcount != 0
        if name != "links":
            database.close()

    def ask(self, statement: Any) -> list[Any]:
        """Ask the outbox's database."""
        with self.installation.links.reading() as db:
            return list(db.execute(statement))

    @property
    def fullest(self) -> int:
        """The partition with the most events, which are five at least."""
        (row,) = self.ask(select(partitions).order_by(partitions.c.given.desc()).limit(1))
        return int(row.partition)

    def event(self, slug: str, type_name: str = "LinkCreated.v1") -> Any:
        """Give the outbox's only row of a type for a link."""
        statement = select(outbox).join(links, links.c.link_id == outbox.c.link_id)
        (row,) = self.ask(statement.where(links.c.slug == slug, outbox.c.type == type_name))
        return row


@contextmanager
def ledger_place(
    data_dir: Path, broker_url: str, client: redis.Redis, *, database_url: str | None = None
) -> Iterator[Place]:
    """Give a place where 18 events are dealt with: eight links, each clicked, one edited, one fetched by a bot."""
    made = Place(data_dir, broker_url, client, database_url)
    made.installation.endpoints.add(
        "http://127.0.0.1:9/hook", description="", by="ann", positions=made.installation.outbox.last_given
    )
    with made.installation.control.transaction() as db:
        db.execute(text("UPDATE endpoints SET created_at = created_at - 60"))
    for number in range(8):
        made.producer.create_link("https://example.com/", by="ann", slug=f"link-{number}")
        made.producer.click(f"link-{number}", user_agent="Firefox/140.0")
    made.producer.edit_link("link-0", by="ann", title="Other")
    made.producer.click("link-1", user_agent="Googlebot/2.1")
    made.publish()
    made.consume()
    yield made
    made.installation.close()


def account_of(report: LedgerReport, name: str) -> Account:
    (account,) = [account for account in report.accounts if account.name == name]
    return account


def others_are_green(report: LedgerReport, name: str) -> bool:
    return all(account.ok for account in report.accounts if account.name != name)
