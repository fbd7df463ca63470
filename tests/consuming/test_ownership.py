"""Each partition has one owner; shares are fair, and nothing moves for nothing. Who has lost a partition can't commit."""

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.consuming.loop import ConsumerLoop
from core.consuming.ownership import Ownership, shares
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS
from tests.support.looping import Check, StartLoop, take_all
from tests.support.programs import next_line, program
from tests.support.waiting import PATIENCE_S, eventually

A, B, C = "ann", "bob", "cyd"


def settled(
    owners: dict[int, str | None], alive: set[str], rounds: int = 4
) -> tuple[dict[int, str | None], int]:
    """Let everybody decide in turn until nothing changes; gives who owns what, and how many partitions moved."""
    owners, moves = dict(owners), 0
    for _ in range(rounds):
        for worker in sorted(alive):
            take, release = shares(owners, frozenset(alive), worker)
            moves += len(take)
            owners |= dict.fromkeys(take, worker) | dict.fromkeys(release)
    return owners, moves


@pytest.mark.parametrize(
    ("before", "alive", "counts", "moves"),
    [
        ([None] * 8, {A}, [8], 8),
        ([None] * 8, {A, B}, [4, 4], 8),
        ([A] * 8, {A, B}, [4, 4], 4),
        ([A] * 4 + [B] * 4, {A, B}, [4, 4], 0),
        ([A] * 4 + [B] * 4, {A, B, C}, [3, 3, 2], 2),
        ([A] * 4 + [B] * 4, {B}, [8], 4),
        ([A] * 3 + [B] * 5, {A, B}, [4, 4], 1),
        ([A, None], {A, B, C}, [1, 1, 0], 1),
    ],
)
def test_shares_are_fair_and_owned_partitions_stay_where_they_are(
    before: list[str | None], alive: set[str], counts: list[int], moves: int
) -> None:
    owners, moved = settled(dict(enumerate(before)), alive)

    owned = Counter(owners.values())
    assert sorted((owned[worker] for worker in alive), reverse=True) == counts
    assert moved == moves


def test_nobody_takes_what_the_living_own() -> None:
    take, release = shares({0: A, 1: A, 2: A, 3: A}, frozenset({A, B}), B)

    assert (take, release) == ([], [])


def test_a_change_of_owner_raises_the_epoch_and_keeps_the_watermark(
    feed: Feed, start_loop: StartLoop, has_everything: Check, database: Database
) -> None:
    feed.links(8)
    loop = start_loop()
    eventually(has_everything)
    loop.stop()
    loop.join(PATIENCE_S)

    first = take_all(database, A)
    second = take_all(database, B)

    assert all(second[number].epoch == first[number].epoch + 1 for number in range(PARTITIONS))
    assert [holding.position for holding in second.values()] == [
        holding.position for holding in first.values()
    ]
    assert Ownership(database, A, lambda: frozenset({B})).hold(first) == {}


def test_two_workers_share_and_the_one_that_stays_takes_all_again(
    feed: Feed, start_loop: StartLoop, has_everything: Check
) -> None:
    first = start_loop()
    eventually(lambda: len(first.owns) == PARTITIONS)

    second = start_loop()

    eventually(lambda: (len(first.owns), len(second.owns)) == (PARTITIONS // 2, PARTITIONS // 2))
    assert not set(first.owns) & set(second.owns)
    feed.links(20)
    eventually(has_everything)
    second.stop()
    second.join(PATIENCE_S)
    eventually(lambda: len(first.owns) == PARTITIONS)
    feed.links(20)
    eventually(has_everything)


def test_a_frozen_worker_that_wakes_up_finds_that_it_owns_nothing(
    feed: Feed,
    start_loop: StartLoop,
    has_everything: Check,
    database: Database,
    broker: EmbeddedBroker,
    tmp_path: Path,
) -> None:
    for _ in range(3):
        with program("tests.support.consume_program", tmp_path, broker.url) as frozen:
            assert next_line(frozen) == "ready"
            feed.links(60)
            frozen.send_signal(signal.SIGSTOP)
            # To this one the frozen one is not among the living. It may have been frozen in a transaction, though,
            # and then holds SQLite's lock until it wakes up.
            other: ConsumerLoop = start_loop()
            feed.links(20)

            os.kill(frozen.pid, signal.SIGCONT)

            eventually(has_everything)
            frozen.kill()
            other.stop()
            other.join(PATIENCE_S)


def test_two_workers_at_once_keep_the_order_of_each_link(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    collect.batch_size = 8
    start_loop()
    start_loop()

    for _ in range(5):
        feed.links(20)

    eventually(has_everything)
