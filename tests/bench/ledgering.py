"""ledger: how long the proof that nothing is lost takes, and how long users wait for links meanwhile.

A desk with broker, relay and monitor; half of the events are creations, half are clicks, all are published, and each
consumer's database has its effect and receipt of each, written by its own `handle()` without the runtime. Then
`main.py ledger` runs as the program of its own that it is, while links are created at a steady rate; the same rate at
rest stands beside it. Both bars are absolute. Images are read, all of them; a sample of 1,000 is drawn again.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import insert

from consumers import NAMES, build_consumers
from core.consuming import tables
from core.consuming.contract import Consumer
from core.consuming.tables import inbox, watermarks
from core.events.envelope import Event
from core.events.ids import new_id
from core.events.times import rfc3339
from core.events.tracing import new_traceparent
from core.events.types import LinkClicked, LinkCreated
from core.operating import worker_room
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.operating.ledger.ledger import Ledger
from core.operating.program import Program
from core.producing.event_data import encode
from core.producing.tables import outbox
from core.storage.bulk import insert_rows
from core.storage.schema import prepare
from tests.bench.draining import Offered
from tests.bench.measuring import Result, latencies, with_profile
from tests.bench.places import PARTITIONS, ROOT, is_published, open_desk, wait_until
from tests.bench.seed import seed_links

_RECEIPT = ("partition", "position", "event_id", "outcome", "applied_at", "worker", "commit_number")
_PROGRAM = Program((), NAMES, build_consumers)
_READ_AT_ONCE = 1_000_000
#: Links created between two looks at whether the ledger has ended.
_BLOCK = 50


def ledger(*, count: int = 100_000) -> dict[str, Result]:
    """Measure once, over `count` events for each of the five consumers."""
    with open_desk(run_worker=False) as desk:
        _fill(desk, count)
        rest, busy = Offered(), Offered()
        rest.offer(desk, 4 * _BLOCK)
        before = os.times()
        seconds, report = _check(desk, lambda: busy.offer(desk, _BLOCK))
        after = os.times()
        result = _judge(seconds, report, busy, rest, count)
        # What the processor did for the command; the rest it waited for others, since it is nice to them.
        result.figures["processor_seconds"] = sum(after[2:4]) - sum(before[2:4])
        return {"ledger": with_profile(result, lambda: _check_here(desk))}


def _judge(seconds: float, report: dict[str, Any], busy: Offered, rest: Offered, count: int) -> Result:
    figures, at_rest = latencies(busy.durations), latencies(rest.durations)
    green = report["ok"] and all(row["committed"] >= count for row in report["consumers"])
    return Result(
        ours=seconds,
        yardstick=None,
        unit="s",
        bar="< 10 s, create p99_ms < 10",
        met=green and seconds < 10 and figures["p99_ms"] < 10,
        figures={
            **figures,
            "at_rest_p50_ms": at_rest["p50_ms"],
            "at_rest_p99_ms": at_rest["p99_ms"],
            "seconds_of_the_check": report["seconds"],
            "green": green,
            "events": count,
            "stream_entries": report["streams"]["entries"],
            "runs": 1,
        },
    )


def _check_here(desk: Desk) -> None:
    installation = Installation(desk.settings)
    Ledger(installation, worker_room.build_consumers(installation, _PROGRAM)).check()
    installation.close()


def _check(desk: Desk, meanwhile: Callable[[], None]) -> tuple[float, dict[str, Any]]:
    """Run the command to its end; gives its seconds, with the start of the program, and its answer."""
    began = time.perf_counter()
    command = [
        sys.executable,
        str(ROOT / "main.py"),
        "--data-dir",
        str(desk.settings.data_dir),
        "ledger",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while process.poll() is None:
            meanwhile()
        assert process.stdout is not None
        report: dict[str, Any] = json.load(process.stdout)
    return time.perf_counter() - began, report


def _fill(desk: Desk, count: int) -> None:
    """Commit events, wait until the broker has them, and let each consumer have its effects."""
    installation = Installation(desk.settings)
    links = count // 2
    seed_links(installation.links, installation.teams.all()[0].team_id, links, partitions=PARTITIONS)
    wait_until(lambda: is_published(desk, links))
    runs = {number: _events(installation, number) for number in range(PARTITIONS)}
    with installation.links.transaction() as db:
        db.execute(insert(outbox), [_click(event) for run in runs.values() for event in run])
    wait_until(lambda: is_published(desk, 2 * links))
    for consumer in worker_room.build_consumers(installation, _PROGRAM):
        for number in range(PARTITIONS):
            _apply(installation, consumer, _events(installation, number))
    installation.close()


def _events(installation: Installation, partition: int) -> Sequence[Event]:
    return installation.outbox.read(partition, after=0, limit=_READ_AT_ONCE)


def _click(event: Event) -> dict[str, Any]:
    data = event.data
    assert isinstance(data, LinkCreated)
    click = LinkClicked(link_id=event.link_id, team_id=data.team_id, slug=data.slug, agent="Firefox")
    return {
        "event_id": new_id(),
        "type": click.type_name,
        "link_id": event.link_id,
        "sequence": None,
        "time": rfc3339(time.time()),
        "traceparent": new_traceparent(),
        "data_json": encode(click),
        "partition": event.partition,
    }


def _apply(installation: Installation, consumer: Consumer, events: Sequence[Event]) -> None:
    """Write effects and receipts of one partition, as the runtime would leave them."""
    types, now = {data.type_name for data in consumer.handles}, time.time()
    database = installation.open_database(consumer.name)
    prepare(database, tables.metadata, consumer.tables)
    for start in range(0, len(events), consumer.batch_size):
        batch = events[start : start + consumer.batch_size]
        handled = [event for event in batch if event.type in types]
        with database.transaction() as db:
            if handled:
                consumer.handle(handled, db)
            receipts = [
                (
                    e.partition,
                    e.position,
                    e.event_id,
                    "applied" if e.type in types else "ignored",
                    now,
                    "bench",
                    start,
                )
                for e in batch
            ]
            insert_rows(db, inbox, _RECEIPT, receipts)
    with database.transaction() as db:
        db.execute(insert(watermarks), {"partition": events[0].partition, "position": events[-1].position})
    database.close()
