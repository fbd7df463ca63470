"""publish: taking committed events to the broker.

Ours: the relay's rounds until nothing is left: give positions, read, compare-and-append, mark, each round in real
transactions of the outbox. Yardstick: the same fields, made beforehand, by redis-py with hiredis: pipelines of 100
XADD with ids of the broker's choice, over as many streams. In turn, on one broker.
"""

import time
from typing import TypeAlias

import redis

from core.broker.client import connect
from core.broker.streams import Streams
from core.producing.relay import Relay
from tests.bench.measuring import Result, compare, with_profile
from tests.bench.places import PARTITIONS, folder, running_broker
from tests.bench.seed import seed_links
from tests.support.links import LinkSide, make_link_side, open_links_db

_PIPELINE = 100

#: Per entry: the name of its stream, and its fields.
Entries: TypeAlias = list[tuple[str, dict[bytes, bytes]]]


def publish(*, rounds: int = 5, count: int = 20_000) -> dict[str, Result]:
    """Measure, in `rounds` blocks of `count` events each."""
    ours, bare = [], []
    with folder() as data_dir, running_broker(data_dir) as broker, connect(broker.url) as client:
        side = make_link_side(open_links_db(data_dir), PARTITIONS)
        streams = Streams(connect(broker.url), PARTITIONS)
        relay = Relay(side.outbox, streams)
        for _ in range(rounds):
            _seed(side, count)
            ours.append(count / _seconds_to_publish(relay))
            bare.append(count / _seconds_to_add(client, _newest_entries(side, count)))
        result = compare(ours, bare, unit="events/s", bar=">= 0.35x", met=lambda ratio: ratio >= 0.35)
        if not result.met:
            _seed(side, count)
        with_profile(result, lambda: _seconds_to_publish(relay))
        streams.close()
        side.database.close()
        return {"publish": result}


def _seed(side: LinkSide, count: int) -> None:
    seed_links(side.database, side.teams.find(None).team_id, count, partitions=PARTITIONS)


def _seconds_to_publish(relay: Relay) -> float:
    began = time.perf_counter()
    while relay.publish():
        pass
    return time.perf_counter() - began


def _newest_entries(side: LinkSide, count: int) -> Entries:
    entries: Entries = []
    for cursor in side.outbox.cursors():
        after = max(0, cursor.given - count // PARTITIONS)
        for event in side.outbox.read(cursor.partition, after=after, limit=count):
            entries.append((f"bare:{cursor.partition}", event.to_fields()))
    return entries


def _seconds_to_add(client: redis.Redis, entries: Entries) -> float:
    began = time.perf_counter()
    for start in range(0, len(entries), _PIPELINE):
        pipe = client.pipeline(transaction=False)
        for stream, fields in entries[start : start + _PIPELINE]:
            pipe.xadd(stream, fields)  # type: ignore[arg-type]
        pipe.execute()
    seconds = time.perf_counter() - began
    client.delete(*{stream for stream, _ in entries})
    return seconds
