"""The desk as a whole: what it shows, what it stops, other brokers, and the worker's life."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from core.errors import DataDirInUse
from core.operating.desk import Desk
from core.operating.snapshot import BrokerState, ConsumerHealth, ConsumerState
from core.settings import Settings
from tests.spine.conftest import PROGRAM
from tests.support.exactly_once import assert_exactly_once, query
from tests.support.programs import MAIN
from tests.support.waiting import PATIENCE_S, eventually


def _health(desk: Desk, name: str) -> ConsumerHealth:
    snapshot = desk.snapshot
    assert snapshot is not None
    return next(health for health in snapshot.consumers if health.name == name)


def test_a_paused_consumer_stands_still_and_its_lag_goes_on_being_counted(
    desk: Desk, short_dir: Path
) -> None:
    eventually(lambda: _health(desk, "qr").state is ConsumerState.RUNNING)
    version = desk.pause("qr", by="ann", why="a test")
    eventually(lambda: _health(desk, "qr").obeyed_version == version)

    for number in range(5):
        desk.create_link(f"https://example.com/{number}")

    eventually(lambda: _health(desk, "qr").lag == 5 and _health(desk, "billing").lag == 0)
    eventually(lambda: _health(desk, "qr").state is ConsumerState.PAUSED)
    assert _health(desk, "qr").paused_by == "ann"
    assert [mark.act for mark in _health(desk, "qr").marks] == ["pause"]
    desk.resume("qr", by="bob")
    eventually(lambda: _health(desk, "qr").lag == 0)
    assert [mark.by for mark in _health(desk, "qr").marks] == ["ann", "bob"]
    assert assert_exactly_once(short_dir) == 5


def test_a_timed_pause_ends_by_itself(desk: Desk) -> None:
    eventually(lambda: _health(desk, "billing").state is ConsumerState.RUNNING)

    desk.pause("billing", seconds=5.0)

    eventually(lambda: _health(desk, "billing").state is ConsumerState.PAUSED)
    assert _health(desk, "billing").paused_until is not None
    eventually(lambda: _health(desk, "billing").state is ConsumerState.RUNNING)


def test_a_journey_lights_up_station_by_station(desk: Desk) -> None:
    created = desk.create_link("https://example.com/")

    def journey() -> float | None:
        snapshot = desk.snapshot
        assert snapshot is not None
        journeys = [journey for journey in snapshot.journeys if journey.event_id == created.event_id]
        assert journeys
        assert journeys[0].published_ms is not None
        assert journeys[0].trace_id == created.trace_id
        return journeys[0].consistent_ms

    assert eventually(journey)
    png = desk.qr_png(created.link_id)
    assert png is not None
    assert png.startswith(b"\x89PNG")
    snapshot = desk.snapshot
    assert snapshot is not None
    assert snapshot.feed[0].event_id == created.event_id


def test_the_worker_is_started_again_and_the_desk_says_so(desk: Desk) -> None:
    eventually(lambda: desk.snapshot and desk.snapshot.workers)
    first = desk.worker_pid
    assert first is not None

    os.kill(first, signal.SIGKILL)

    eventually(lambda: "killed by signal 9" in (desk.snapshot.own_worker or "") if desk.snapshot else False)
    eventually(lambda: desk.worker_pid not in (None, first))
    eventually(lambda: _health(desk, "qr").state is ConsumerState.RUNNING)


def test_a_frozen_broker_is_shown_as_down_and_links_are_still_created(desk: Desk, short_dir: Path) -> None:
    eventually(lambda: desk.snapshot and desk.snapshot.workers)
    broker = psutil.Process(desk.broker_pid)
    broker.suspend()
    try:
        desk.create_link("https://example.com/")
        eventually(
            lambda: desk.snapshot is not None and desk.snapshot.broker.state is BrokerState.DOWN,
        )
        assert desk.snapshot is not None
        assert desk.snapshot.outbox.unpublished == 1
        assert all(health.in_flight is None for health in desk.snapshot.consumers)
    finally:
        broker.resume()

    eventually(lambda: query(short_dir, "qr", "SELECT count(*) FROM inbox") == [(1,)])
    eventually(lambda: query(short_dir, "dashboard", "SELECT count(*) FROM inbox") == [(1,)])


def test_a_second_desk_on_the_same_data_dir_is_refused(desk: Desk) -> None:
    with pytest.raises(DataDirInUse):
        Desk.open(desk.settings, program=PROGRAM, run_worker=False)


def _children(desk: psutil.Process, word: str) -> list[psutil.Process]:
    """Give the children with a word in their command line; some may just be ending."""
    found = []
    for child in desk.children():
        with suppress(psutil.NoSuchProcess):
            if any(word in part for part in child.cmdline()):
                found.append(child)
    return found


def test_a_worker_ends_when_its_desk_is_killed(short_dir: Path, environment: dict[str, str]) -> None:
    watch = subprocess.Popen(
        [sys.executable, str(MAIN), "watch", "--for", "60"], env=environment, stdout=subprocess.DEVNULL
    )
    try:
        desk = psutil.Process(watch.pid)
        (worker,) = eventually(lambda: _children(desk, "worker"))
        (broker,) = eventually(lambda: _children(desk, "valkey-server"))
        eventually(
            lambda: query(short_dir, "control", "SELECT count(*) FROM heartbeats") == [(5,)],
        )
    finally:
        watch.kill()
        watch.wait()
    try:
        worker.wait(PATIENCE_S)
    finally:
        broker.terminate()
        broker.wait(PATIENCE_S)


def test_an_external_broker_is_used_by_its_url(short_dir: Path, broker_on_tcp: str) -> None:
    data_dir = short_dir / "data"
    settings = Settings.load(data_dir=data_dir, broker=broker_on_tcp)
    desk = Desk.open(settings, program=PROGRAM, run_worker=True)
    try:
        desk.create_link("https://example.com/")
        eventually(lambda: _health(desk, "qr").state is ConsumerState.RUNNING)
        eventually(lambda: query(data_dir, "qr", "SELECT count(*) FROM inbox") == [(1,)])
        snapshot = desk.snapshot
        assert snapshot is not None
        assert snapshot.broker.address == broker_on_tcp
        assert desk.broker_pid is None
        assert not (data_dir / "broker").exists()
    finally:
        assert desk.close(10) == []
    assert assert_exactly_once(data_dir) == 1


def test_closing_beside_a_frozen_broker_leaves_nothing_behind(short_dir: Path) -> None:
    desk = Desk.open(Settings.load(data_dir=short_dir), program=PROGRAM, run_worker=True)
    eventually(lambda: desk.snapshot and desk.snapshot.workers)
    broker, worker = psutil.Process(desk.broker_pid), psutil.Process(desk.worker_pid)
    broker.suspend()

    assert desk.close() == ["frozen broker"]

    assert not broker.is_running()
    assert not worker.is_running()
