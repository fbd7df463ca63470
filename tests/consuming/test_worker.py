"""A worker obeys what operators want, says how it is, and ends when it is told, whatever its consumers do."""

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming import control_tables
from core.consuming.contract import HelperTurn
from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.worker import Worker
from core.events.envelope import Event
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import PARTITIONS, LinkSide
from tests.support.waiting import PATIENCE_S, eventually, never

Check = Callable[[], bool]
StartWorker = Callable[..., Worker]


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Database]:
    opened = open_sqlite(tmp_path / "control.db", name="control", durable=False)
    prepare(opened, control_tables.metadata)
    yield opened
    opened.close()


@pytest.fixture
def controls(control: Database) -> Controls:
    made = Controls(control)
    made.register(["collect"])
    return made


@pytest.fixture
def start_worker(
    collect: Collect,
    control: Database,
    database: Database,
    link_side: LinkSide,
    broker: EmbeddedBroker,
    tmp_path: Path,
) -> Iterator[StartWorker]:
    """Give a starter of workers for the test consumer (or others); all are stopped at the end."""
    workers: list[Worker] = []

    def start(*consumers: Collect) -> Worker:
        worker = Worker(
            consumers or (collect,),
            open_database=lambda name: open_sqlite(tmp_path / f"{name}.db", name=name, durable=False),
            open_streams=lambda: Streams(connect(broker.url), PARTITIONS),
            archive=link_side.outbox,
            control=control,
        )
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        assert worker.stop() == []


def said(control: Database, consumer: str = "collect") -> Heartbeat | None:
    return next((beat for beat in Heartbeats(control).live() if beat.consumer == consumer), None)


def has_said(control: Database, check: Callable[[Heartbeat], bool]) -> bool:
    beat = said(control)
    return beat is not None and check(beat)


def test_it_runs_its_consumers_and_says_so(
    feed: Feed, start_worker: StartWorker, has_everything: Check, control: Database
) -> None:
    worker = start_worker()
    feed.links(20)

    eventually(has_everything)

    eventually(lambda: said(control) is not None)
    beat = said(control)
    assert beat is not None
    assert (beat.worker_id, beat.paused, beat.obeyed_version, beat.error) == (
        worker.worker_id,
        False,
        0,
        None,
    )
    assert beat.memory_bytes > 1_000_000
    assert Controls(control).registered() == ("collect",)


def test_it_goes_on_saying_so(start_worker: StartWorker, control: Database) -> None:
    start_worker()
    eventually(lambda: said(control) is not None)
    first = said(control)
    assert first is not None

    eventually(lambda: has_said(control, lambda beat: beat.heard_at > first.heard_at))


def test_a_pause_is_obeyed_within_a_moment_and_answered_with_its_number(
    feed: Feed, start_worker: StartWorker, has_everything: Check, controls: Controls, control: Database
) -> None:
    start_worker()
    feed.links(4)
    eventually(has_everything)

    version = controls.pause("collect", seconds=None, by="ann", why="")
    eventually(lambda: has_said(control, lambda beat: beat.paused and beat.obeyed_version == version))
    feed.links(8)
    never(has_everything, within=0.4)

    version = controls.resume("collect", by="ann", why="")
    eventually(has_everything)
    eventually(lambda: has_said(control, lambda beat: not beat.paused and beat.obeyed_version == version))


def test_a_pause_outlives_the_worker(
    feed: Feed, start_worker: StartWorker, database: Database, controls: Controls, control: Database
) -> None:
    controls.pause("collect", seconds=None, by="ann", why="")
    feed.links(8)

    start_worker()

    eventually(lambda: has_said(control, lambda beat: beat.paused))
    never(lambda: collected(database), within=0.4)


def test_a_pause_of_one_consumer_holds_up_no_other(
    feed: Feed, start_worker: StartWorker, has_everything: Check, controls: Controls, control: Database
) -> None:
    controls.register(["collect", "other"])
    controls.pause("other", seconds=None, by="ann", why="")
    start_worker(Collect(), Collect(name="other"))

    feed.links(8)

    eventually(has_everything)
    eventually(lambda: (beat := said(control, "other")) is not None and beat.paused)


def test_a_failing_event_is_said_and_taken_back(
    feed: Feed, start_worker: StartWorker, has_everything: Check, collect: Collect, control: Database
) -> None:
    def fail(events: Sequence[Event]) -> None:
        raise ValueError(f"no {events[0].link_id}")

    collect.after = fail
    start_worker()
    feed.links(1)
    eventually(lambda: has_said(control, lambda beat: "ValueError: no " in (beat.error or "")))

    collect.after = lambda _events: None

    eventually(has_everything)
    eventually(lambda: has_said(control, lambda beat: beat.error is None))


def test_who_stops_takes_its_word_back(start_worker: StartWorker, control: Database) -> None:
    worker = start_worker()
    eventually(lambda: said(control) is not None)

    assert worker.stop() == []

    assert said(control) is None


def test_a_stop_lets_the_batch_in_hand_finish(
    feed: Feed, start_worker: StartWorker, has_everything: Check, collect: Collect, streams: Streams
) -> None:
    in_hand, go_on = threading.Event(), threading.Event()

    def hold(_events: Sequence[Event]) -> None:
        in_hand.set()
        go_on.wait(PATIENCE_S)

    collect.after = hold
    worker = start_worker()
    feed.links(1)
    assert in_hand.wait(PATIENCE_S)
    threading.Timer(0.2, go_on.set).start()

    assert worker.stop() == []

    assert has_everything()
    assert sum(group.pending for group in streams.group_positions("collect").values()) == 0


def test_a_consumer_that_does_not_come_back_is_named_at_the_deadline(
    feed: Feed, start_worker: StartWorker, collect: Collect
) -> None:
    in_hand, go_on = threading.Event(), threading.Event()

    def hang(_events: Sequence[Event]) -> None:
        in_hand.set()
        go_on.wait(PATIENCE_S)

    collect.after = hang
    worker = start_worker()
    feed.links(1)
    assert in_hand.wait(PATIENCE_S)

    assert worker.stop(deadline_s=2) == ["collect"]

    go_on.set()
    eventually(lambda: worker._running[0].loop.is_alive() is False)


# Helpers


class Helping:
    """Counts its starts, and fails until it is allowed to work."""

    def __init__(self) -> None:
        self.starts = 0
        self.may_work = threading.Event()
        self.woken = 0

    def run(self, turn: HelperTurn) -> None:
        self.starts += 1
        if not self.may_work.is_set():
            raise RuntimeError("the helper's bad day")
        while not turn.stopping.is_set():
            if turn.woken.wait(0.05):
                turn.woken.clear()
                self.woken += 1


def test_a_helper_is_woken_by_commits(feed: Feed, start_worker: StartWorker, collect: Collect) -> None:
    collect.works = helping = Helping()
    helping.may_work.set()
    start_worker()

    feed.links(1)

    eventually(lambda: helping.woken > 0)
    assert helping.starts == 1


def test_a_helper_that_fails_is_shown_and_started_again(
    start_worker: StartWorker, collect: Collect, control: Database
) -> None:
    collect.works = helping = Helping()
    start_worker()
    eventually(lambda: has_said(control, lambda beat: "the helper's bad day" in (beat.error or "")))
    eventually(lambda: helping.starts >= 2)

    helping.may_work.set()

    eventually(lambda: has_said(control, lambda beat: beat.error is None))
