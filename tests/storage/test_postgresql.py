"""By URL everything lives in PostgreSQL, where writers really run at once: the same promises hold there."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from consumers import build_consumers
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import control_tables, tables
from core.consuming.contract import Consumer, Surroundings
from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.inbox import Inbox
from core.consuming.loop import ConsumerLoop
from core.errors import InvalidInput, OwnershipLost, SchemaTooNew, StoreUnavailable
from core.producing import slugs
from core.producing import tables as producing_tables
from core.producing.outbox import Outbox
from core.producing.relay import Relay
from core.storage.database import Database, open_database
from core.storage.objects import FileObjects
from core.storage.schema import prepare
from tests.support.collecting import Collect, collected
from tests.support.collecting import metadata as collecting_tables
from tests.support.events import make_run
from tests.support.links import PARTITIONS, LinkSide, make_link_side
from tests.support.streams_view import events_in
from tests.support.waiting import eventually

Open = Callable[[str], Database]


@pytest.fixture
def open_db(postgresql_url: str, tmp_path: Path) -> Iterator[Open]:
    """Give an opener of databases by name, as the program does it; all are closed at the end."""
    opened: list[Database] = []

    def open_named(name: str) -> Database:
        opened.append(open_database(tmp_path, postgresql_url, name=name, durable=True))
        return opened[-1]

    yield open_named
    for database in opened:
        database.close()


@pytest.fixture
def side(open_db: Open) -> LinkSide:
    return make_link_side(open_db("links"))


def at_once(*calls: Callable[[], object]) -> list[BaseException]:
    """Run all calls, each in a thread of its own; gives what they raised."""
    errors: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:  # noqa: BLE001 - told to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return errors


# The database


def test_each_database_is_a_schema_of_its_own(open_db: Open) -> None:
    links, control = open_db("links"), open_db("control")
    prepare(links, producing_tables.metadata)
    prepare(control, control_tables.metadata)

    with links.reading() as db:
        assert set(inspect(db).get_table_names(schema="links")) == {
            *producing_tables.metadata.tables,
            "schema_version",
        }
        assert set(inspect(db).get_table_names(schema="control")) == {
            *control_tables.metadata.tables,
            "schema_version",
        }
        assert inspect(db).get_table_names(schema="public") == []


def test_a_name_with_a_dash_is_a_name(open_db: Open) -> None:
    database = open_db("fraud-check")

    prepare(database, collecting_tables)

    with database.reading() as db:
        assert db.scalar(text("SELECT current_schema()")) == "fraud-check"


def test_preparing_at_the_same_time_is_harmless(open_db: Open) -> None:
    def start() -> None:
        prepare(open_db("links"), producing_tables.metadata)

    assert at_once(*[start] * 6) == []


def test_a_newer_database_is_refused(open_db: Open) -> None:
    database = open_db("links")
    prepare(database, producing_tables.metadata)
    with database.transaction() as db:
        db.execute(text("UPDATE schema_version SET version = version + 1, made_by = '9.9.9'"))

    with pytest.raises(SchemaTooNew, match=r"made by Signalbox 9\.9\.9"):
        prepare(database, producing_tables.metadata)


def break_a_rule(side: LinkSide) -> None:
    with side.database.transaction() as db:
        db.execute(text("UPDATE partitions SET given = 5"))
        db.execute(text("UPDATE partitions SET published = 6"))


def test_an_error_undoes_the_transaction_and_broken_rules_keep_their_error(side: LinkSide) -> None:
    with pytest.raises(IntegrityError):
        break_a_rule(side)

    assert all(cursor.given == 0 for cursor in side.outbox.cursors())


def test_a_reader_sees_one_picture(side: LinkSide) -> None:
    with side.database.reading() as db:
        first = db.scalar(text("SELECT count(*) FROM links"))
        side.producer.create_link("https://example.com/", by="ann")
        second = db.scalar(text("SELECT count(*) FROM links"))

    assert (first, second) == (0, 0)


def test_a_server_that_is_not_there_is_unavailable_and_its_password_unsaid(tmp_path: Path) -> None:
    url = f"postgresql+psycopg://ann:s3cret@/links?host={tmp_path}"

    with pytest.raises(StoreUnavailable) as raised:
        open_database(tmp_path, url, name="links", durable=True)

    assert "s3cret" not in str(raised.value)


def test_connections_that_were_cut_are_unavailable_once_and_then_made_anew(
    side: LinkSide, open_db: Open
) -> None:
    side.producer.create_link("https://example.com/", by="ann")
    with open_db("other").transaction() as db:
        db.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    outcomes = Counter[str]()
    for _ in range(6):
        try:
            side.producer.create_link("https://example.com/", by="ann")
            outcomes["made"] += 1
        except StoreUnavailable:
            outcomes["unavailable"] += 1

    assert outcomes["unavailable"] <= 2
    assert len(side.list.page()) == 1 + outcomes["made"]


def test_a_database_that_takes_no_writes_is_unavailable(side: LinkSide, postgresql_url: str) -> None:
    name = make_url(postgresql_url).database
    with side.database.transaction() as db:
        db.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    side.database.close()  # As after a failover: new connections meet a replica.

    with pytest.raises(StoreUnavailable, match="read-only"):
        side.producer.create_link("https://example.com/", by="ann")

    assert side.list.page() == []


# Producer, outbox and relay


def test_repeated_calls_and_taken_slugs_are_told_apart(side: LinkSide) -> None:
    first = side.producer.create_link(
        "https://example.com/", by="ann", slug="idempotency_key", idempotency_key="k"
    )

    again = side.producer.create_link(
        "https://example.com/", by="ann", slug="idempotency_key", idempotency_key="k"
    )
    with pytest.raises(InvalidInput, match="taken") as raised:
        side.producer.create_link(
            "https://example.com/", by="ann", slug="Idempotency_Key", idempotency_key="other"
        )

    assert again.link_id == first.link_id
    assert len(raised.value.proposals) == 3


def test_generated_slugs_that_collide_become_longer(side: LinkSide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slugs, "ALPHABET", "a")

    made = [side.producer.create_link("https://example.com/", by="ann").slug for _ in range(2)]

    assert made == ["a" * 7, "a" * 8]


def test_edits_at_the_same_time_count_on_without_gaps(side: LinkSide) -> None:
    made = side.producer.create_link("https://example.com/", by="ann")

    def edit() -> None:
        for number in range(10):
            side.producer.edit_link(made.slug, by="ann", title=f"{number} by {threading.get_ident()}")

    assert at_once(*[edit] * 4) == []

    with side.database.reading() as db:
        table = producing_tables.outbox
        sequences = list(db.scalars(select(table.c.sequence).order_by(table.c.id)))
    assert sequences == list(range(1, 42))


def test_commits_in_another_order_than_their_ids_lose_nothing(side: LinkSide, client: redis.Redis) -> None:
    # With a cursor over ids, two thirds of such events were skipped in an experiment.
    relays = [Relay(side.outbox, Streams(client, PARTITIONS)) for _ in range(2)]
    stop = threading.Event()

    def write() -> None:
        pause = threading.Event()
        for number in range(25):
            with side.database.transaction() as db:
                for event in make_run(number + 1, number + 1, partition=threading.get_ident()):
                    side.outbox.add(
                        db, event.data, sequence=1, traceparent=event.traceparent, at=event.committed_at
                    )
                    pause.wait(random.random() / 100)

    def relay_until_stopped(relay: Relay) -> None:
        while not stop.is_set():
            relay._seen = {}
            relay.publish()

    relaying = [threading.Thread(target=relay_until_stopped, args=(relay,)) for relay in relays]
    for thread in relaying:
        thread.start()
    errors = at_once(*[write] * 8)
    eventually(lambda: side.outbox.unpublished()[0] == 0, within=10)
    stop.set()
    for thread in relaying:
        thread.join(10)

    assert errors == []
    there = [event for number in range(PARTITIONS) for event in events_in(client, number)]
    assert len({event.event_id for event in there}) == len(there) == 200
    for number in range(PARTITIONS):
        run = events_in(client, number)
        assert [event.position for event in run] == list(range(1, len(run) + 1))
        assert run == side.outbox.read(number, after=0, limit=1_000)


# Consumers


@pytest.fixture
def inbox(open_db: Open) -> tuple[Inbox, Database]:
    database = open_db("collect")
    made = Inbox(Collect(), database, "worker")
    made.prepare(range(PARTITIONS))
    return made, database


def test_watermarks_belong_to_whoever_moves_them_first(inbox: tuple[Inbox, Database]) -> None:
    mine, database = inbox
    runs = {number: make_run(1, 3, partition=number) for number in range(PARTITIONS)}
    before = mine.watermarks()

    errors = at_once(*[lambda: mine.apply(runs, before)] * 4)

    assert [type(error) for error in errors] == [OwnershipLost] * 3
    assert mine.watermarks() == dict.fromkeys(range(PARTITIONS), 3)
    assert {number: len(rows) for number, rows in collected(database).items()} == dict.fromkeys(
        range(PARTITIONS), 3
    )


@pytest.fixture
def all_consumers(tmp_path: Path) -> Iterator[tuple[Consumer, ...]]:
    objects = FileObjects(tmp_path / "objects")
    yield build_consumers(Surroundings(objects, lambda: (), lambda _: None, allow_private_targets=False))
    objects.close()


def test_every_consumer_works_and_absorbs_what_is_delivered_again(
    side: LinkSide,
    open_db: Open,
    broker: EmbeddedBroker,
    all_consumers: tuple[Consumer, ...],
    client: redis.Redis,
) -> None:
    for slug in ("one", "two", "three"):
        side.producer.create_link("https://example.com/", by="ann", slug=slug)
        side.producer.click(slug)
        side.producer.edit_link(slug, by="ann", title=slug)
    relay = Relay(side.outbox, Streams(client, PARTITIONS))
    while relay.publish():
        pass
    loops = []
    for consumer in all_consumers:
        database = open_db(consumer.name)
        streams = Streams(connect(broker.url), PARTITIONS)
        inbox = Inbox(consumer, database, "worker")
        inbox.prepare(range(PARTITIONS))
        loop = ConsumerLoop(
            consumer, inbox=inbox, streams=streams, archive=side.outbox, committed=threading.Event()
        )
        loops.append((loop, inbox, database, streams))
        loop.start()

    given = {cursor.partition: cursor.given for cursor in side.outbox.cursors()}
    for loop, inbox, _, _ in loops:
        eventually(lambda: inbox.watermarks() == given, within=10)  # noqa: B023
        for number in range(PARTITIONS):
            client.xgroup_setid(f"events:{{{number}}}", loop.name, "0")
        eventually(lambda: loop.absorbed == 9)  # noqa: B023
        assert loop.status.error is None

    for loop, _, database, streams in loops:
        loop.stop()
        loop.join(5)
        streams.close()
        with database.reading() as db:
            assert len(db.execute(select(tables.inbox)).all()) == 9


# Operating


def test_wishes_and_heartbeats_are_kept(open_db: Open) -> None:
    control = open_db("control")
    prepare(control, control_tables.metadata)
    controls, heartbeats = Controls(control), Heartbeats(control)
    controls.register(["qr"])
    controls.pause("qr", seconds=None, by="ann", why="")
    # Four gigabytes don't fit into PostgreSQL's integer.
    beat = Heartbeat("w", "qr", "here", 1, 1.0, 4e9, 4_000_000_000, paused=True, obeyed_version=1, error=None)

    heartbeats.beat([beat])

    assert controls.wanted()["qr"].paused
    assert heartbeats.live() == [beat]


def test_the_number_of_partitions_is_fixed_there_too(side: LinkSide) -> None:
    side.outbox.prepare()
    assert [cursor.partition for cursor in Outbox(side.database, PARTITIONS).cursors()] == list(
        range(PARTITIONS)
    )
