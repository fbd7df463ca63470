"""The outbox keeps what is young or needed: the lowest watermark is the floor."""

import time
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.controls import Controls
from core.consuming.tables import parked
from core.events.times import rfc3339
from core.operating.installation import Installation
from core.operating.upkeep.floors import Floors
from core.operating.upkeep.trimmer import Trimmer
from core.producing.producer import Producer
from core.producing.relay import Relay
from core.producing.tables import outbox
from core.settings import Settings
from tests.support.links import PARTITIONS, SHORT_BASE
from tests.support.relaying import publish_all
from tests.support.trimming import everywhere, move


def commit_old_events(installation: Installation, streams: Streams, count: int = 80) -> None:
    """Publish links, then let all be ten days old."""
    producer = Producer(
        installation.links,
        installation.outbox,
        installation.teams,
        short_base=SHORT_BASE,
        on_commit=lambda: None,
    )
    for _ in range(count):
        producer.create_link("https://example.com/", by="ann")
    publish_all(Relay(installation.outbox, streams))
    with installation.links.transaction() as db:
        db.execute(update(outbox).values(time=rfc3339(time.time() - 10 * 86_400)))


def test_old_events_go_that_no_consumer_needs(
    installation: Installation, trimmer: Trimmer, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.operating.upkeep.trimmer._FORGET_AT_ONCE", 3)
    commit_old_events(installation, streams)
    given = {cursor.partition: cursor.given for cursor in installation.outbox.cursors()}
    move(installation, "fast", given)
    move(installation, "slow", {**given, 1: 2})

    deleted = trimmer.forget()

    assert installation.outbox.oldest() == {
        **{number: last + 1 for number, last in given.items()},
        1: 3,
    }
    assert deleted == sum(given.values()) - given[1] + 2


def test_events_stay_that_a_parked_one_or_a_later_one_is(
    installation: Installation, trimmer: Trimmer, streams: Streams
) -> None:
    commit_old_events(installation, streams)
    for name in ("fast", "slow"):
        move(installation, name, {c.partition: c.given for c in installation.outbox.cursors()})
    (event,) = installation.outbox.read(0, after=2, limit=1)
    database = installation.open_database("slow")
    with database.transaction() as db:
        columns = {column.name for column in parked.columns}
        row = {name: getattr(event, name) for name in event.__struct_fields__ if name in columns}
        db.execute(insert(parked).values(**row, parked_at=0.0))
    database.close()

    trimmer.forget()

    assert installation.outbox.oldest()[0] == 3


def test_young_events_stay(installation: Installation, trimmer: Trimmer, streams: Streams) -> None:
    commit_old_events(installation, streams)
    for name in ("fast", "slow"):
        move(installation, name, {c.partition: c.given for c in installation.outbox.cursors()})
    with installation.links.transaction() as db:
        db.execute(update(outbox).values(time=rfc3339(time.time() - 6 * 86_400)))

    assert trimmer.forget() == 0


def test_a_retention_of_nought_days_keeps_events_for_ever(
    tmp_path: Path, broker: EmbeddedBroker, controls: Controls, streams: Streams
) -> None:
    settings = Settings(data_dir=tmp_path, broker=broker.url, partitions=PARTITIONS, retention_days=0)
    keeping = Installation(settings)
    commit_old_events(keeping, streams)
    for name in ("fast", "slow"):
        move(keeping, name, {c.partition: c.given for c in keeping.outbox.cursors()})

    assert Trimmer(keeping).forget() == 0
    keeping.close()


def test_the_lowest_watermark_is_the_floor(installation: Installation, controls: Controls) -> None:
    floors = Floors(installation)
    assert floors.lowest() == everywhere(0)

    move(installation, "fast", {0: 10, 1: 5, 2: 7, 3: 1})
    move(installation, "slow", {0: 3, 1: 8, 2: 7})
    assert floors.lowest() == {0: 3, 1: 5, 2: 7, 3: 0}

    database = installation.open_database("slow")
    with database.transaction() as db:
        db.execute(text("DROP TABLE parked"))
    database.close()
    assert floors.lowest() == {}
    floors.close()
