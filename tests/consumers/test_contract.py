"""What holds for every consumer, whoever wrote it: the same event twice, one effect, and never half of one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import text

from consumers import NAMES
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.contract import Consumer
from core.consuming.controls import Wanted
from core.consuming.inbox import Inbox
from core.events.partitioning import stream_key
from core.events.types import EVENT_TYPES
from core.producing.relay import Relay
from core.storage.database import Database
from tests.consumers.conftest import Rows, files_in, rows_of
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import make_loop, take_all, watermarks
from tests.support.waiting import PATIENCE_S, eventually

every_consumer = pytest.mark.parametrize("name", NAMES)


class Stage:
    """A consumer at work on its loop, and everything that can be seen of its effects."""

    def __init__(
        self, consumer: Consumer, database: Database, side: LinkSide, broker: EmbeddedBroker, folder: Path
    ) -> None:
        self.consumer = consumer
        self.database = database
        self.side = side
        self.streams = Streams(connect(broker.url), PARTITIONS)
        self.relay = Relay(side.outbox, self.streams)
        self._folder = folder
        Inbox(consumer, database, "worker").prepare(range(PARTITIONS), side.outbox)
        self._own_streams = Streams(connect(broker.url), PARTITIONS)
        self.loop = make_loop(consumer, database, self._own_streams, side.outbox)

    def publish(self) -> None:
        """Publish whatever the broker lacks."""
        self.relay._seen = {}
        while self.relay.publish():
            pass

    def has_dealt_with_all(self) -> bool:
        """Whether the watermarks have reached the outbox's positions."""
        given = {cursor.partition: cursor.given for cursor in self.side.outbox.cursors()}
        return watermarks(self.database) == given

    def effects(self) -> tuple[Any, Any]:
        """Give all rows of its own tables, and all files that it has written."""
        return rows_of(self.database, self.consumer.tables), files_in(self._folder)

    def close(self) -> None:
        self.loop.stop()
        if self.loop.is_alive():
            self.loop.join(PATIENCE_S)
        self.streams.close()
        self._own_streams.close()


@pytest.fixture
def stage(
    name: str,
    consumers: dict[str, Consumer],
    open_db: Callable[[str], Database],
    link_side: LinkSide,
    broker: EmbeddedBroker,
    tmp_path: Path,
) -> Iterator[Stage]:
    """Give the consumer of this test, not running yet, with a little story in the outbox."""
    for slug in ("one", "two", "three", "four", "five", "six"):
        link_side.producer.create_link("https://example.com/", by="ann", slug=slug, tags=["news"])
        link_side.producer.click(slug, referrer="https://news.example.com/", user_agent="Firefox/140.0")
        link_side.producer.edit_link(slug, by="ann", title=f"Title {slug}")
        link_side.producer.click(slug, user_agent="Googlebot/2.1")
    link_side.producer.archive_link("six", by="ann")
    link_side.producer.restore_link("six", by="ann")
    built = Stage(consumers[name], open_db(name), link_side, broker, tmp_path / "objects")
    built.publish()
    yield built
    built.close()


def test_all_consumers_are_built_in_their_order(consumers: dict[str, Consumer]) -> None:
    assert tuple(consumers)[: len(NAMES)] == NAMES


@every_consumer
def test_what_a_consumer_says_of_itself_can_be_used(consumers: dict[str, Consumer], name: str) -> None:
    consumer = consumers[name]

    assert consumer.name == name == name.lower()
    assert consumer.handles
    assert all(EVENT_TYPES[data.type_name] is data for data in consumer.handles)
    assert 1 <= consumer.batch_size <= 10_000
    assert consumer.tables.tables
    # They lie beside the runtime's in one database.
    assert not {"inbox", "watermarks", "schema_version"} & set(consumer.tables.tables)


@every_consumer
def test_the_same_events_twice_have_one_effect(stage: Stage, client: redis.Redis) -> None:
    stage.loop.start()
    eventually(stage.has_dealt_with_all)
    once = stage.effects()
    assert any(once[0].values())

    for number in range(PARTITIONS):
        client.xgroup_setid(stream_key(number), stage.consumer.name, "0")
    eventually(lambda: stage.loop.absorbed == 26)
    client.flushall()
    stage.publish()
    eventually(lambda: stage.loop.absorbed == 52)

    assert stage.effects() == once
    assert stage.loop.status.error is None


@every_consumer
def test_an_effect_without_its_receipt_does_not_exist(stage: Stage) -> None:
    with stage.database.transaction() as db:
        db.execute(
            text(
                "CREATE TRIGGER no_receipts BEFORE INSERT ON inbox BEGIN SELECT RAISE(ABORT, 'no receipt'); END"
            )
        )
    stage.loop.start()
    eventually(lambda: "no receipt" in (stage.loop.status.error or ""))
    assert not any(rows_of(stage.database, stage.consumer.tables).values())
    stage.loop.want(Wanted(version=1, paused=True))

    with stage.database.transaction() as db:
        db.execute(text("DROP TRIGGER no_receipts"))

    stage.loop.want(Wanted(version=2))
    eventually(stage.has_dealt_with_all)
    eventually(lambda: stage.loop.status.error is None)
    rows, files = stage.effects()
    assert any(rows.values())
    # What was written again has the same name: nothing is left over from the attempts that failed.
    assert len(files) == (6 if stage.consumer.name == "qr" else 0)


@every_consumer
def test_a_batch_of_one_event_and_a_batch_of_all_have_the_same_effect(
    stage: Stage, consumers: dict[str, Consumer], open_db: Callable[[str], Database]
) -> None:
    stage.loop.start()
    eventually(stage.has_dealt_with_all)
    one_by_one = open_db("one by one")
    inbox = Inbox(stage.consumer, one_by_one, "worker")
    inbox.prepare(range(PARTITIONS), stage.side.outbox)
    one_by_one_holdings = take_all(one_by_one)

    for number in range(PARTITIONS):
        for event in stage.side.outbox.read(number, after=0, limit=100):
            inbox.apply({number: [event]}, one_by_one_holdings)

    assert comparable(rows_of(one_by_one, stage.consumer.tables)) == comparable(stage.effects()[0])


#: What may differ between two runs: row numbers, spans, and when the work was done.
OWN_TO_A_RUN = {
    "codes": {"drawn_at"},
    "entries": {"entry_id"},
    "deliveries": {"delivery_id", "traceparent", "created_at", "next_attempt_at"},
}


def comparable(tables: dict[str, Rows]) -> dict[str, list[str]]:
    """Give all rows as text, without order and without what is a run's own."""
    return {
        name: sorted(
            repr({key: value for key, value in row.items() if key not in OWN_TO_A_RUN.get(name, ())})
            for row in rows
        )
        for name, rows in tables.items()
    }
