"""The streams can be made again from the database, by nobody while somebody runs it, and never over newer consumers."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import insert
from typer.testing import CliRunner, Result

from consumers import NAMES, build_consumers
from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.commands.app import build_app
from core.consuming import tables
from core.consuming.controls import Controls
from core.consuming.tables import watermarks
from core.errors import BrokerAhead, BrokerUnavailable, DataDirInUse, StoreUnavailable
from core.operating.data_dir import DataDir
from core.operating.installation import Installation
from core.operating.journal.marks import Marks
from core.operating.program import Program
from core.operating.stream_rebuild import rebuild_streams
from core.producing.producer import Producer
from core.producing.relay import Relay
from core.settings import Settings
from core.storage.schema import prepare
from tests.support.events import make_run
from tests.support.links import PARTITIONS, SHORT_BASE
from tests.support.programs import MAIN
from tests.support.relaying import publish_all
from tests.support.streams_view import events_in

LINKS = 80


@pytest.fixture
def settings(tmp_path: Path, broker: EmbeddedBroker) -> Settings:
    return Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS)


@pytest.fixture
def installation(settings: Settings) -> Iterator[Installation]:
    """Give an installation with one consumer and some links, while the broker is ahead of the database."""
    opened = Installation(settings)
    Controls(opened.control).register(("reader",))
    producer = Producer(
        opened.links, opened.outbox, opened.teams, short_base=SHORT_BASE, on_commit=lambda: None
    )
    for _ in range(LINKS):
        producer.create_link("https://example.com/", by="ann")
    yield opened
    opened.close()


@pytest.fixture
def ahead(installation: Installation, streams: Streams) -> Relay:
    """Give a relay that publishes nothing, since the broker is ahead."""
    streams.append({1: make_run(1, 1_000, partition=1)})
    relay = Relay(installation.outbox, streams)
    with pytest.raises(BrokerAhead):
        relay.publish()
    return relay


def move(installation: Installation, positions: dict[int, int]) -> None:
    """Put the reader's watermarks there."""
    database = installation.open_database("reader")
    prepare(database, tables.metadata)
    with database.transaction() as db:
        db.execute(insert(watermarks), [{"partition": n, "position": p} for n, p in positions.items()])
    database.close()


def test_the_streams_are_as_the_database_afterwards(
    settings: Settings, installation: Installation, ahead: Relay, client: redis.Redis
) -> None:
    done = rebuild_streams(settings, by="ann", why="restored")

    assert done.published == sum(done.given) == LINKS
    for number in range(PARTITIONS):
        assert events_in(client, number) == installation.outbox.read(number, after=0, limit=1_000)
    publish_all(ahead)
    assert installation.outbox.unpublished() == (0, None)
    (mark,) = Marks(installation.control).read()["streams"]
    assert (mark.act, mark.by) == ("rebuild", "ann")


def test_only_what_a_consumer_still_needs_is_published_again(
    settings: Settings, installation: Installation, ahead: Relay, client: redis.Redis
) -> None:
    move(installation, {0: 2, 1: 1, 2: 0})
    # Positions are given by a relay that finds an empty broker, before the reader can have dealt with any.
    with pytest.raises(BrokerAhead):
        rebuild_streams(settings, by="ann")
    client.flushall()
    publish_all(ahead)

    done = rebuild_streams(settings, by="ann")

    assert done.published == LINKS - 3
    assert [events_in(client, number)[0].position for number in range(PARTITIONS)] == [3, 2, 1, 1]


def test_consumers_that_are_ahead_of_the_database_keep_it_from_happening(
    settings: Settings, installation: Installation, ahead: Relay, client: redis.Redis
) -> None:
    move(installation, {2: 5_000})

    with pytest.raises(
        BrokerAhead, match=r"older than reader.*position 5000 of partition 2.*Nothing was changed"
    ):
        rebuild_streams(settings, by="ann")

    assert len(events_in(client, 1)) == 1_000


def test_a_consumer_that_can_not_be_read_keeps_it_from_happening(
    settings: Settings, installation: Installation, ahead: Relay, client: redis.Redis
) -> None:
    (settings.data_dir / "reader.db").write_bytes(b"no database" * 1_000)

    with pytest.raises(StoreUnavailable, match="nothing was changed"):
        rebuild_streams(settings, by="ann")

    assert len(events_in(client, 1)) == 1_000


def test_it_is_refused_while_somebody_runs_the_data_dir(
    settings: Settings, installation: Installation, ahead: Relay, client: redis.Redis
) -> None:
    owner = DataDir(settings.data_dir)
    owner.own()

    with pytest.raises(DataDirInUse, match="is in use by process"):
        rebuild_streams(settings, by="ann")

    owner.release()
    assert len(events_in(client, 1)) == 1_000


def test_a_broker_that_is_away_changes_nothing_for_ever(
    settings: Settings, installation: Installation, broker: EmbeddedBroker
) -> None:
    broker.stop()

    with pytest.raises(BrokerUnavailable):
        rebuild_streams(settings, by="ann")

    assert not DataDir(settings.data_dir).is_owned
    assert installation.outbox.unpublished()[0] == LINKS


# The command


def call(data_dir: Path, *arguments: str) -> Result:
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    app = build_app(program, open_window=lambda _call: 1, run_bench=lambda _as_json, _only: 1)
    return CliRunner().invoke(app, ["--data-dir", str(data_dir), *arguments])


def test_the_command_starts_the_embedded_broker_for_it_and_stops_it_again(short_dir: Path) -> None:
    settings = Settings(data_dir=short_dir)
    embedded = EmbeddedBroker(short_dir, memory_mb=64)
    embedded.start()
    ahead = Streams(connect(embedded.url), settings.partitions)
    ahead.append({0: make_run(1, 10)})
    ahead.close()
    embedded.stop()

    result = call(short_dir, "streams", "rebuild", "--yes", "--json")

    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"published": 0, "given": [0] * settings.partitions}
    assert not DataDir(short_dir).is_owned
    with connect(embedded.url) as gone, pytest.raises(redis.ConnectionError):
        gone.ping()


def test_the_command_asks_before_it_does_anything(short_dir: Path) -> None:
    result = call(short_dir, "streams", "rebuild")

    assert result.exit_code == 2
    assert "Repeat with --yes" in result.output
    assert not (short_dir / "links.db").exists()
