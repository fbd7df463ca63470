"""A consumer at work forgets old receipts by itself, and applies nothing twice for it."""

import time

import pytest
import redis
from sqlalchemy import func, select, update

from core.broker.streams import Streams
from core.consuming import retention as retention_module
from core.consuming.tables import inbox
from core.events.partitioning import stream_key
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import PARTITIONS
from tests.support.looping import make_loop
from tests.support.waiting import PATIENCE_S, eventually

DAY_S = 86_400


def test_old_receipts_go_once_the_stream_has_their_events_no_more(
    feed: Feed,
    collect: Collect,
    database: Database,
    streams: Streams,
    client: redis.Redis,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(retention_module, "_SOON_S", 0.0)
    monkeypatch.setattr(retention_module, "_EVERY_S", 0.05)
    feed.links(20)
    loop = make_loop(collect, database, streams, feed.side.outbox, retention_days=1)
    loop.start()
    try:
        eventually(lambda: collected(database) == feed.expected())
        with database.transaction() as db:
            db.execute(update(inbox).values(applied_at=time.time() - 3 * DAY_S))

        for number in range(PARTITIONS):
            client.xtrim(stream_key(number), maxlen=1, approximate=False)

        eventually(lambda: receipts(database) == len(feed.expected()))
        feed.links(10)
        eventually(lambda: collected(database) == feed.expected())
    finally:
        loop.stop()
        loop.join(PATIENCE_S)


def receipts(database: Database) -> int:
    with database.reading() as db:
        return db.execute(select(func.count()).select_from(inbox)).scalar_one()
