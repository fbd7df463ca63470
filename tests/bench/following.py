"""commit_to_effect: how long after its commit a link has had its effect in all five consumers.

Ours: links created at 50/s on a desk with its worker as a child process; the time is that of the latest of the five
receipts, which each consumer writes as the last statement before its commit, after the time at which `create_link`
gave the link back. Yardstick: one XADD per event at 50/s, and five threads, each blocked in an XREADGROUP of its own
group, which commit one SQLite row of their own (WAL, NORMAL) and acknowledge; the time is that of the latest commit
after the XADD began. In turn.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Select, select

from consumers import NAMES
from core.broker.client import connect
from core.broker.streams import Streams
from core.consuming.tables import inbox
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.producing.relay import Relay
from core.producing.tables import outbox
from tests.bench.measuring import Result, latencies, percentile, spread, with_profile
from tests.bench.offering import offer, target_url
from tests.bench.places import PARTITIONS, folder, open_desk, running_broker, wait_until
from tests.bench.seed import link_and_event
from tests.support.links import make_link_side, open_links_db

_RATE = 50.0
_STREAM = "events"
_BLOCK_MS = 150


def commit_to_effect(*, rounds: int = 5, count: int = 100) -> dict[str, Result]:
    """Measure, in `rounds` blocks of `count` links each."""
    stages: dict[str, list[float]] = {stage: [] for stage in ("published", *NAMES)}
    ours: list[list[float]] = []
    threads: list[list[float]] = []
    with open_desk(run_worker=True) as desk, _Yardstick() as yardstick:
        follow(desk, 20)
        for _ in range(rounds):
            times = follow(desk, count)
            for stage, values in times.items():
                stages[stage] += values
            ours.append([max(of_one) for of_one in zip(*times.values(), strict=True)])
            threads.append(yardstick.follow(count))
    result = _judge(ours, threads)
    result.figures["p50_ms_until"] = {stage: percentile(values, 50) for stage, values in stages.items()}
    result.figures["p99_ms_until"] = {stage: percentile(values, 99) for stage, values in stages.items()}
    return {"commit_to_effect": with_profile(result, _relay_one_by_one)}


def _judge(ours: list[list[float]], threads: list[list[float]]) -> Result:
    mine, other = (latencies([one for block in blocks for one in block]) for blocks in (ours, threads))
    return Result(
        ours=mine["p50_ms"],
        yardstick=other["p50_ms"],
        unit="ms",
        bar="p50_ms < 10, p99_ms < 50",
        met=mine["p50_ms"] < 10 and mine["p99_ms"] < 50,
        figures={
            **mine,
            "yardstick_p99_ms": other["p99_ms"],
            "p99_ratio": mine["p99_ms"] / other["p99_ms"],
            "runs": len(ours),
            "spread": spread([percentile(block, 50) for block in ours]),
        },
    )


def follow(
    desk: Desk, count: int, *, rate: float = _RATE, besides: Callable[[], set[str]] = set
) -> dict[str, list[float]]:
    """Create links at a steady rate; gives for each stage the milliseconds from each link's commit.

    `besides` gives the events that are left out: they don't get everywhere.
    """
    committed: dict[str, float] = {}

    def create(number: int) -> None:
        link = desk.create_link(target_url(number))
        committed[link.event_id] = time.time()

    offer(create, count, rate=rate)
    published = select(outbox.c.event_id, outbox.c.published_at).where(outbox.c.published_at.is_not(None))
    reached = {"published": _wait_for(desk, "links", published, committed, besides)}
    for name in NAMES:
        receipts = select(inbox.c.event_id, inbox.c.applied_at)
        reached[name] = _wait_for(desk, name, receipts, committed, besides)
    for event_id in besides():
        committed.pop(event_id, None)
    return {
        stage: [(at[event_id] - begun) * 1000 for event_id, begun in committed.items()]
        for stage, at in reached.items()
    }


def _wait_for(
    desk: Desk,
    database_name: str,
    times: Select[Any],
    event_ids: Collection[str],
    besides: Callable[[], set[str]],
) -> dict[str, float]:
    """Wait until the database has a time for each of these events, and give them; it may have those of `besides`."""
    found: dict[str, float] = {}
    statement = times.where(times.selected_columns[0].in_(event_ids))
    installation = Installation(desk.settings)
    database = installation.open_database(database_name)

    def look() -> bool:
        with database.reading() as db:
            found.update((row[0], row[1]) for row in db.execute(statement))
        return found.keys() | besides() >= set(event_ids)

    wait_until(look)
    database.close()
    installation.close()
    return found


def _relay_one_by_one() -> None:
    """Do the part of the relay in this thread, where a profile can see it."""
    with folder() as data_dir, running_broker(data_dir) as broker:
        side = make_link_side(open_links_db(data_dir), PARTITIONS)
        streams = Streams(connect(broker.url), PARTITIONS)
        relay = Relay(side.outbox, streams)
        for number in range(200):
            side.producer.create_link(target_url(number), by="bench")
            while relay.publish():
                pass
        streams.close()
        side.database.close()


class _Yardstick:
    """Five blocking threads on a broker of their own."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        #: Per number of an event: when the last of the threads so far had committed it.
        self._committed: dict[int, list[float]] = {}

    def __enter__(self) -> "_Yardstick":
        self._folder = folder()
        data_dir = self._folder.__enter__()
        self._broker = running_broker(data_dir)
        self._url = self._broker.__enter__().url
        self._client = connect(self._url)
        for name in NAMES:
            self._client.xgroup_create(_STREAM, name, id="0", mkstream=True)
        self._threads = [
            threading.Thread(target=self._run, args=(data_dir, name), daemon=True) for name in NAMES
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._client.close()
        self._broker.__exit__(None, None, None)
        self._folder.__exit__(None, None, None)

    def follow(self, count: int) -> list[float]:
        """Add events at a steady rate, and give for each the milliseconds to its last commit."""
        self._committed.clear()
        fields: dict[Any, Any] = link_and_event("team", 0, 1)[1]
        added: dict[int, float] = {}

        def add(number: int) -> None:
            added[number] = time.time()
            self._client.xadd(_STREAM, {**fields, "number": number})

        offer(add, count, rate=_RATE)
        wait_until(lambda: sum(len(times) for times in list(self._committed.values())) == count * len(NAMES))
        return [(max(self._committed[number]) - at) * 1000 for number, at in added.items()]

    def _run(self, data_dir: Path, group: str) -> None:
        with connect(self._url) as client, closing(sqlite3.connect(data_dir / f"{group}.db")) as db:
            db.execute("PRAGMA journal_mode=WAL")
            db.execute("PRAGMA synchronous=NORMAL")
            db.execute("CREATE TABLE effects (number INTEGER)")
            while not self._stopping.is_set():
                for _, entries in (
                    client.xreadgroup(group, "me", {_STREAM: ">"}, count=100, block=_BLOCK_MS) or ()
                ):
                    self._apply(db, client, group, entries)

    def _apply(
        self,
        db: sqlite3.Connection,
        client: redis.Redis,
        group: str,
        entries: list[tuple[bytes, dict[bytes, bytes]]],
    ) -> None:
        numbers = [int(fields[b"number"]) for _, fields in entries]
        with db:
            db.executemany("INSERT INTO effects VALUES (?)", [(number,) for number in numbers])
        now = time.time()
        with self._lock:
            for number in numbers:
                self._committed.setdefault(number, []).append(now)
        client.xack(_STREAM, group, *(entry_id for entry_id, _ in entries))
