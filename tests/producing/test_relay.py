"""What is committed is published once, in order, as soon as somebody knocks."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from core.broker.server import EmbeddedBroker
from core.producing.progress import PublishedRun
from core.producing.relay import Relay
from tests.support.links import LinkSide
from tests.support.programs import next_line, program
from tests.support.relaying import is_everything_published, make_links, publish_all, published
from tests.support.waiting import PATIENCE_S, eventually


def forbid(side: LinkSide, table: str) -> None:
    """Make every change of a table's rows fail, in a way that nobody expects."""
    with side.database.transaction() as db:
        db.execute(
            text(
                f"CREATE TRIGGER forbidden BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, 'forbidden'); END"
            )
        )


def test_committed_events_are_published_in_their_order(
    link_side: LinkSide, relay: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 30)
    slug = link_side.list.page(count=1)[0].slug
    for number in range(5):
        link_side.producer.edit_link(slug, by="ann", title=str(number))
        link_side.producer.click(slug)

    publish_all(relay)

    assert is_everything_published(link_side, client)
    sequences = [
        event.sequence
        for event in published(client)[link_side.outbox.newest_links(1)[0][0].partition]
        if event.link_id == link_side.list.one(slug).link_id
    ]
    assert sequences == [1, *[part for number in range(2, 7) for part in (number, None)]]


def test_more_than_one_batch_is_published_batch_by_batch(
    link_side: LinkSide, relay: Relay, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay.GIVE_AT_ONCE", 7)
    monkeypatch.setattr("core.producing.relay.APPEND_AT_ONCE", 3)
    make_links(link_side, 60)

    publish_all(relay)

    assert is_everything_published(link_side, client)


def test_a_knock_makes_it_publish_at_once(
    link_side: LinkSide, running: Relay, client: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay.GLANCE_S", 3_600.0)
    eventually(lambda: running._checked_run_id is not None)
    for expected in (1, 2, 3):
        make_links(link_side, 1)
        running.wake()
        eventually(lambda: sum(map(len, published(client).values())) == expected)  # noqa: B023


def test_a_lost_knock_costs_a_second_at_most(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    make_links(link_side, 3)

    eventually(lambda: is_everything_published(link_side, client))


def test_many_rounds_are_noted_in_one_transaction_each_event_with_its_own_time(
    link_side: LinkSide, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay.MARK_S", 1_000.0)
    noted: list[int] = []
    note = relay._progress.note

    def counting(published: Mapping[int, int], runs: Sequence[PublishedRun] = ()) -> None:
        noted.append(1)
        note(published, runs)

    monkeypatch.setattr(relay._progress, "note", counting)
    relay.publish()
    before = [time.time()]

    for _ in range(5):
        make_links(link_side, 1)
        assert relay.publish()
        before.append(time.time())
    assert noted == []
    assert link_side.outbox.unpublished()[0] == 5
    assert not relay.publish()

    assert noted == [1]
    times = [published_at for _, published_at in reversed(link_side.outbox.newest_links(5))]
    assert all(
        begun <= (at or 0) <= ended for begun, at, ended in zip(before, times, before[1:], strict=False)
    )


def test_the_note_does_not_wait_for_ever_while_more_is_published(
    link_side: LinkSide, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay.MARK_AT_ONCE", 3)

    for _ in range(5):
        make_links(link_side, 1)
        relay.publish()

    assert link_side.outbox.unpublished()[0] == 2


def test_a_round_without_work_does_not_write(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 3)
    publish_all(relay)
    with link_side.database.transaction() as db:
        db.execute(
            text(
                "CREATE TRIGGER no_writing BEFORE UPDATE ON partitions BEGIN SELECT RAISE(ABORT, 'written'); END"
            )
        )

    assert relay.publish() is False


def test_producers_in_several_processes_get_positions_without_gaps(
    link_side: LinkSide, running: Relay, client: redis.Redis, tmp_path: Path
) -> None:
    with ExitStack() as processes:
        others = [
            processes.enter_context(program("tests.support.create_program", tmp_path, 60)) for _ in range(3)
        ]
        ids = [next_line(other) for other in others for _ in range(60)]

    eventually(lambda: is_everything_published(link_side, client))

    assert all(ids)
    assert sorted(event.event_id for events in published(client).values() for event in events) == sorted(ids)


def test_an_error_that_nobody_expected_is_shown_and_waited_out(
    link_side: LinkSide, running: Relay, client: redis.Redis
) -> None:
    forbid(link_side, "outbox")
    make_links(link_side, 3)
    running.wake()
    eventually(lambda: "forbidden" in (running.error or ""))

    with link_side.database.transaction() as db:
        db.execute(text("DROP TRIGGER forbidden"))

    eventually(lambda: is_everything_published(link_side, client))
    eventually(lambda: running.error is None)


def test_it_does_not_rest_to_the_end_before_it_stops(
    relay: Relay, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.producing.relay._BACKOFF_S", (3_600.0,))
    broker.stop()
    relay.start()
    eventually(lambda: relay.error is not None)

    relay.stop()
    relay.join(PATIENCE_S)

    assert not relay.is_alive()
