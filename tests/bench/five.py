"""drain_five: all five consumers to full consistency.

Ours: a desk with its worker as a child process; the events lie in the broker, all consumers are paused; from the wish
to resume until the last consumer's last receipt. Yardstick: the sum of the bare effects: in this process, one consumer
after the other, `handle()` on ready-made events in transactions of the consumer's batch size, into databases and an
object store of their own, without broker, receipts, watermarks or acknowledgements. No webhook endpoint is
registered, as on a fresh data dir. In turn.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import func, select

from consumers import NAMES, build_consumers
from core.consuming.contract import Consumer, Surroundings
from core.consuming.tables import inbox
from core.events.envelope import Event
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.storage.database import open_sqlite
from core.storage.objects import FileObjects
from core.storage.schema import prepare
from tests.bench.measuring import Result, compare, with_profile
from tests.bench.places import (
    PARTITIONS,
    folder,
    is_published,
    lags,
    open_desk,
    pause_all,
    resume_all,
    wait_until,
)
from tests.bench.seed import seed_links


def drain_five(*, rounds: int = 3, count: int = 10_000) -> dict[str, Result]:
    """Measure, in `rounds` drains of `count` links each."""
    ours, bare = [], []
    per_consumer: dict[str, list[float]] = {name: [] for name in NAMES}
    bare_per_consumer: dict[str, list[float]] = {name: [] for name in NAMES}
    with open_desk(run_worker=True) as desk:
        installation = Installation(desk.settings)
        for number in range(1, rounds + 1):
            ended = _drain(desk, installation, count, count * number)
            ours.append(max(ended.values()))
            events = _newest_events(installation, count)
            effects = _bare_effects(events)
            bare.append(sum(effects.values()))
            for name in NAMES:
                per_consumer[name].append(ended[name])
                bare_per_consumer[name].append(effects[name])
        events = _newest_events(installation, count)
        installation.close()
    result = compare(ours, bare, unit="s", bar="<= 1.5x the time", met=lambda ratio: ratio <= 1.5)
    result.figures.update(
        links=count, seconds_until_done=per_consumer, seconds_of_bare_effect=bare_per_consumer
    )
    return {"drain_five": with_profile(result, lambda: _bare_effects(events[:1_000]))}


def _drain(desk: Desk, installation: Installation, count: int, total: int) -> dict[str, float]:
    """Drain `count` new links; gives for each consumer the seconds until its last receipt."""
    pause_all(desk)
    seed_links(installation.links, installation.teams.all()[0].team_id, count, partitions=PARTITIONS)
    wait_until(lambda: is_published(desk, total))
    began = time.time()
    resume_all(desk)
    wait_until(lambda: set(lags(desk).values()) == {0})
    return {name: at - began for name, at in _last_receipts(installation).items()}


def _last_receipts(installation: Installation) -> dict[str, float]:
    times = {}
    for name in NAMES:
        database = installation.open_database(name)
        with database.reading() as db:
            times[name] = float(db.scalar(select(func.max(inbox.c.applied_at))) or 0)
        database.close()
    return times


def _newest_events(installation: Installation, count: int) -> list[Event]:
    """Read the newest `count` events or so, in the order of their partitions."""
    events: list[Event] = []
    for cursor in installation.outbox.cursors():
        after = max(0, cursor.given - count // PARTITIONS)
        events += installation.outbox.read(cursor.partition, after=after, limit=count)
    return events


def _bare_effects(events: Sequence[Event]) -> dict[str, float]:
    """Apply the events by each consumer's handle() alone; gives the seconds of each."""
    with folder() as elsewhere:
        objects = FileObjects(elsewhere / "objects")
        surroundings = Surroundings(
            objects=objects, endpoints=tuple, secret_of=lambda _: None, allow_private_targets=False
        )
        return {
            consumer.name: _bare_effect(elsewhere, consumer, events)
            for consumer in build_consumers(surroundings)
            if consumer.name in NAMES
        }


def _bare_effect(where: Path, consumer: Consumer, events: Sequence[Event]) -> float:
    database = open_sqlite(where / f"{consumer.name}.db", name=consumer.name, durable=False)
    prepare(database, consumer.tables)
    began = time.perf_counter()
    for start in range(0, len(events), consumer.batch_size):
        with database.transaction() as db:
            consumer.handle(events[start : start + consumer.batch_size], db)
    seconds = time.perf_counter() - began
    database.close()
    return seconds
