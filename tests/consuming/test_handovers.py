"""Operators move partitions between workers: who has lost one can't commit, and no fair share undoes it at once."""

import os
import signal
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from core.broker.client import connect
from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.contract import Answer
from core.consuming.loop import ConsumerLoop
from core.consuming.ownership import shares
from core.consuming.requests import Request
from core.consuming.tables import watermarks
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS
from tests.support.looping import Check, StartLoop, make_loop
from tests.support.programs import next_line, program
from tests.support.waiting import PATIENCE_S, eventually

A, B, C = "ann", "bob", "cyd"
HALF = PARTITIONS // 2


def settled(
    owners: dict[int, str | None], moved: dict[int, str], alive: set[str], hung: frozenset[str] = frozenset()
) -> dict[int, str | None]:
    """Let everybody who is not hung decide in turn, some times; gives who owns what."""
    owners, moved = dict(owners), dict(moved)
    for _ in range(6):
        for worker in sorted(alive - hung):
            valid = {number: home for number, home in moved.items() if home in alive}
            take, release = shares(owners, frozenset(alive), worker, valid)
            for number in take:
                moved = {n: home for n, home in moved.items() if n != number or home != worker}
            owners |= dict.fromkeys(take, worker) | dict.fromkeys(release)
    return owners


def owners_of(*parts: tuple[str | None, int]) -> dict[int, str | None]:
    return dict(enumerate(owner for owner, count in parts for _ in range(count)))


@pytest.mark.parametrize("hung", [frozenset(), frozenset({A})], ids=["all at work", "one hangs"])
@pytest.mark.parametrize("count", [1, 4])
def test_what_was_taken_over_stays_and_nothing_else_moves_for_it(count: int, hung: frozenset[str]) -> None:
    taken = owners_of((B, count), (A, 4 - count), (B, 4))

    assert settled(taken, dict.fromkeys(range(count), A), {A, B}, hung) == taken


def test_what_was_given_up_goes_to_the_others_in_equal_parts() -> None:
    free = owners_of((None, 4), (B, 2), (C, 2))

    after = settled(free, dict.fromkeys(range(4), A), {A, B, C})

    assert [list(after.values()).count(worker) for worker in (A, B, C)] == [0, 4, 4]


def test_what_was_given_up_is_taken_by_one_when_the_other_hangs() -> None:
    free = owners_of((None, 4), (B, 2), (C, 2))

    after = settled(free, dict.fromkeys(range(4), A), {A, B, C}, frozenset({C}))

    assert [list(after.values()).count(worker) for worker in (A, B, C)] == [0, 6, 2]


@pytest.mark.parametrize(
    ("alive", "counts"),
    [
        pytest.param({B, C}, [0, 4, 4], id="it was taken from one that is gone"),
        pytest.param({A}, [8, 0, 0], id="nobody else is left"),
        # The first one can't have back what was taken from it, and that counts as its share still.
        pytest.param({A, C}, [0, 0, 8], id="who has taken it is gone"),
    ],
)
def test_what_was_moved_finds_an_owner_when_somebody_is_gone(alive: set[str], counts: list[int]) -> None:
    after = settled(owners_of((B, 8)), dict.fromkeys(range(4), A), alive)

    assert [list(after.values()).count(worker) for worker in (A, B, C)] == counts


def request(act: str, partition: int, worker: str, *, number: int = 1) -> Request:
    return Request(number, "collect", act, partition, None, worker, "ann", "because")


def row_of(database: Database, number: int) -> tuple[str | None, int, str | None]:
    columns = (watermarks.c.owner, watermarks.c.epoch, watermarks.c.moved_from)
    with database.reading() as db:
        owner, epoch, moved_from = db.execute(select(*columns).where(watermarks.c.partition == number)).one()
    return owner, epoch, moved_from


@pytest.fixture
def two(start_loop: StartLoop) -> tuple[ConsumerLoop, ConsumerLoop]:
    """Give two workers with their fair shares."""
    first, second = start_loop(), start_loop()
    eventually(lambda: (len(first.owns), len(second.owns)) == (HALF, HALF))
    return first, second


def test_a_partition_is_given_up_to_the_other_worker_and_goes_home_when_that_one_gives_it_up(
    two: tuple[ConsumerLoop, ConsumerLoop], feed: Feed, database: Database, has_everything: Check
) -> None:
    first, second = two
    number = first.owns[0]
    feed.links(10)

    first.errands.ask([request("release", number, "worker 0")])

    assert first.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer("Given up to worker 1."))
    eventually(lambda: number in second.owns)
    assert row_of(database, number)[::2] == ("worker 1", "worker 0")
    feed.links(10)
    eventually(has_everything)
    assert (len(first.owns), len(second.owns)) == (HALF - 1, HALF + 1)

    second.errands.ask([request("release", number, "worker 1", number=2)])

    assert second.errands.outcomes.get(timeout=PATIENCE_S) == (2, Answer("Given up to worker 0."))
    eventually(lambda: number in first.owns)
    assert row_of(database, number)[::2] == ("worker 0", None)
    feed.links(10)
    eventually(has_everything)


def test_a_partition_is_taken_over_from_a_worker_that_hangs_which_then_cannot_commit(
    two: tuple[ConsumerLoop, ConsumerLoop],
    feed: Feed,
    database: Database,
    has_everything: Check,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = two
    mine = first.owns
    hangs, go_on = threading.Event(), threading.Event()

    def hang(_events: Sequence[Event], _stopping: threading.Event) -> None:
        hangs.set()
        go_on.wait(PATIENCE_S)

    monkeypatch.setattr(first._means.faults, "before_handling", hang)
    feed.links(24)
    try:
        assert hangs.wait(PATIENCE_S)
        epochs = {number: row_of(database, number)[1] for number in mine}

        second.errands.ask([request("take over", number, "worker 1", number=number + 1) for number in mine])

        outcomes = [second.errands.outcomes.get(timeout=PATIENCE_S) for _ in mine]
        assert outcomes == [(number + 1, Answer("Taken over from worker 0.")) for number in mine]
        eventually(has_everything)
        assert {number: row_of(database, number)[1] - 1 for number in mine} == epochs
    finally:
        go_on.set()

    eventually(lambda: first.owns == ())
    feed.links(24)
    eventually(has_everything)
    assert sorted(second.owns) == list(range(PARTITIONS))


def test_a_frozen_worker_whose_partitions_were_taken_over_wakes_up_and_has_no_second_effect(
    feed: Feed,
    collect: Collect,
    database: Database,
    has_everything: Check,
    broker: EmbeddedBroker,
    tmp_path: Path,
) -> None:
    frozen_one = "a worker that is killed"
    with (
        program("tests.support.consume_program", tmp_path, broker.url) as frozen,
        closing(Streams(connect(broker.url), PARTITIONS)) as streams,
    ):
        assert next_line(frozen) == "ready"
        feed.links(24)
        eventually(has_everything)
        frozen.send_signal(signal.SIGSTOP)
        # Nobody has noticed yet that it is silent.
        alive = frozenset({frozen_one})
        loop = make_loop(collect, database, streams, feed.side.outbox, worker="w", alive=lambda: alive)
        loop.errands.ask(
            [request("take over", number, "w", number=number + 1) for number in range(PARTITIONS)]
        )
        loop.start()
        feed.links(24)

        eventually(has_everything)
        assert loop.owns == tuple(range(PARTITIONS))
        assert row_of(database, 0)[::2] == ("w", frozen_one)
        # It knows of nobody else, and takes all again; what it had in hand has lost its epoch all the same.
        os.kill(frozen.pid, signal.SIGCONT)
        feed.links(24)

        eventually(has_everything)
        frozen.kill()
        loop.stop()
        loop.join(PATIENCE_S)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        ("release", "Given up and taken again: nobody else runs it."),
        ("take over", "It was here already; its state is read again."),
    ],
)
def test_a_single_worker_reads_its_state_again(
    act: str, said: str, start_loop: StartLoop, feed: Feed, database: Database, has_everything: Check
) -> None:
    feed.links(20)
    loop = start_loop()
    eventually(has_everything)
    epoch = row_of(database, 3)[1]

    loop.errands.ask([request(act, 3, "worker 0")])

    assert loop.errands.outcomes.get(timeout=PATIENCE_S) == (1, Answer(said))
    eventually(lambda: row_of(database, 3) == ("worker 0", epoch + 1, None))
    eventually(lambda: len(loop.owns) == PARTITIONS)
    feed.links(20)
    eventually(has_everything)


def test_what_is_asked_of_a_worker_that_is_gone_or_has_lost_the_partition_changes_nothing(
    two: tuple[ConsumerLoop, ConsumerLoop], database: Database
) -> None:
    first, second = two
    number = first.owns[0]
    before = row_of(database, number)

    wishes = [request("take over", number, "nobody"), request("release", number, "worker 1", number=2)]
    first.errands.ask(wishes)
    second.errands.ask(wishes)

    gone = first.errands.outcomes.get(timeout=PATIENCE_S)[1]
    assert gone == Answer("Nothing was done: nobody does not run it any more.", done=False)
    assert second.errands.outcomes.get(timeout=PATIENCE_S) == (
        2,
        Answer("Nothing was done: it has another owner by now.", done=False),
    )
    assert row_of(database, number) == before
