"""A backlog that the broker could never hold: it keeps its limit, the others flow, and who was paused catches up."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from consumers import build_consumers
from core.consuming.contract import Consumer, Surroundings
from core.operating.desk import Desk
from core.operating.installation import Installation
from core.operating.program import Program
from core.operating.snapshot import BrokerState, ConsumerHealth, Snapshot
from core.settings import Settings
from tests.bench.seed import seed_links
from tests.support.exactly_once import query
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually

#: Some 700 bytes each in the broker: twice what fits into its memory.
EVENTS = 50_000
MEMORY_MB = 16
#: What may be added between two looks at how full the broker is.
TRIM_EVERY_S = 0.05

BUSY, PAUSED = "dashboard", "billing"


def build_two(surroundings: Surroundings) -> tuple[Consumer, ...]:
    return tuple(one for one in build_consumers(surroundings) if one.name in (BUSY, PAUSED))


@pytest.fixture
def desk(short_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Give a desk with a small broker and a worker of two consumers in this process."""
    monkeypatch.setattr("core.operating.upkeep.trimmer.TRIM_EVERY_S", TRIM_EVERY_S)
    program = Program((sys.executable, str(MAIN)), (BUSY, PAUSED), build_two)
    settings = Settings.load(data_dir=short_dir, partitions=2, broker_memory_mb=MEMORY_MB)
    opened = Desk.open(settings, program=program, run_worker=False)
    worker = opened.build_worker()
    worker.start()
    yield opened
    assert worker.stop(PATIENCE_S) == []
    assert opened.close(deadline_s=PATIENCE_S) == []


def health(desk: Desk, name: str) -> ConsumerHealth | None:
    found = () if desk.snapshot is None else desk.snapshot.consumers
    return next((one for one in found if one.name == name), None)


def is_behind(desk: Desk, name: str, lag: int) -> bool:
    one = health(desk, name)
    return one is not None and one.lag == lag


def has_obeyed(desk: Desk, name: str, version: int) -> bool:
    one = health(desk, name)
    return one is not None and one.obeyed_version == version


def test_the_broker_keeps_its_limit_and_a_paused_consumer_catches_up_from_the_outbox(desk: Desk) -> None:
    pictures: list[Snapshot] = []
    eventually(lambda: is_behind(desk, PAUSED, 0) and is_behind(desk, BUSY, 0))
    version = desk.pause(PAUSED, by="ann")
    eventually(lambda: has_obeyed(desk, PAUSED, version))
    desk.subscribe(pictures.append)
    installation = Installation(desk.settings)

    seed_links(installation.links, installation.teams.all()[0].team_id, EVENTS, partitions=2)

    eventually(lambda: is_behind(desk, PAUSED, EVENTS) and is_behind(desk, BUSY, 0))
    streams = installation.open_streams()
    assert min(streams.first_positions().values()) > 1
    streams.close()
    installation.close()
    desk.resume(PAUSED, by="ann")
    eventually(lambda: is_behind(desk, PAUSED, 0))

    for name in (BUSY, PAUSED):
        receipts = query(desk.settings.data_dir, name, "SELECT count(*), count(DISTINCT event_id) FROM inbox")
        assert receipts == [(EVENTS, EVENTS)]
    assert query(desk.settings.data_dir, PAUSED, "SELECT sum(links) FROM usage") == [(EVENTS,)]
    used = [picture.broker.memory_bytes or 0 for picture in pictures]
    limit = max(picture.broker.memory_limit_bytes or 0 for picture in pictures)
    # One append may go beyond what is full: nothing else does.
    assert 0.4 * limit < max(used) < 1.1 * limit
    assert BrokerState.DOWN not in [picture.broker.state for picture in pictures]
    shown = [one for picture in pictures for one in picture.consumers if one.name == PAUSED]
    assert any(one.rate_out and one.drain_s is not None for one in shown)
