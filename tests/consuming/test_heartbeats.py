"""Only who speaks is alive; who fell silent must not look alive for long."""

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.consuming import control_tables
from core.consuming.control_tables import heartbeats as table
from core.consuming.heartbeats import SILENCE_S, Heartbeat, Heartbeats
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(opened, control_tables.metadata)
    yield opened
    opened.close()


def beat(consumer: str, worker: str = "w1", *, ago: float = 0.0, error: str | None = None) -> Heartbeat:
    return Heartbeat(
        worker_id=worker,
        consumer=consumer,
        host="here",
        pid=1,
        started_at=1.0,
        heard_at=time.time() - ago,
        memory_bytes=5_000_000_000,
        paused=False,
        obeyed_version=3,
        error=error,
    )


def test_the_last_word_of_each_consumer_counts(control: Database) -> None:
    heartbeats = Heartbeats(control)
    heartbeats.beat([beat("qr", error="disk full"), beat("billing")])
    last = dataclasses.replace(beat("qr"), paused=True, obeyed_version=4)

    heartbeats.beat([last])

    assert {one.consumer: one for one in heartbeats.live()}["qr"] == last
    assert len(heartbeats.live()) == 2


def test_two_workers_speak_for_themselves(control: Database) -> None:
    heartbeats = Heartbeats(control)

    heartbeats.beat([beat("qr", "w1")])
    heartbeats.beat([beat("qr", "w2")])

    assert {one.worker_id for one in heartbeats.live()} == {"w1", "w2"}


def test_who_is_silent_for_some_seconds_is_taken_for_gone(control: Database) -> None:
    heartbeats = Heartbeats(control)

    heartbeats.beat([beat("qr", ago=SILENCE_S + 1), beat("billing", ago=SILENCE_S - 1)])

    assert [one.consumer for one in heartbeats.live()] == ["billing"]


def test_who_ends_in_order_is_gone_at_once_and_alone(control: Database) -> None:
    heartbeats = Heartbeats(control)
    heartbeats.beat([beat("qr", "w1"), beat("billing", "w1"), beat("qr", "w2")])

    heartbeats.end("w1")

    assert [one.worker_id for one in heartbeats.live()] == ["w2"]


def test_workers_of_long_ago_are_forgotten(control: Database) -> None:
    heartbeats = Heartbeats(control)
    heartbeats.beat([beat("qr", "old", ago=3_600)])

    heartbeats.beat([beat("qr", "new")])

    with control.reading() as db:
        assert db.scalar(select(func.count()).select_from(table)) == 1
