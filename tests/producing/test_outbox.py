"""The outbox is the truth: positions without gaps, in the order of commits, and figures that are counted here."""

from pathlib import Path

import pytest
from sqlalchemy import event

from core.errors import BadSettings, InvalidInput
from core.events.partitioning import partition_of
from core.producing.outbox import Outbox
from core.producing.progress import PartitionCursor
from tests.support.links import PARTITIONS, LinkSide, give_positions
from tests.support.threads import at_once


def make_links(side: LinkSide, count: int) -> list[str]:
    """Give the event ids of so many new links, in the order of their commits."""
    return [side.producer.create_link("https://example.com/", by="ann").event_id for _ in range(count)]


def everything(side: LinkSide) -> dict[int, list[str]]:
    """Give the event ids of each partition by position, which has to count from 1 without a gap."""
    found = {}
    for number in range(PARTITIONS):
        events = side.outbox.read(number, after=0, limit=10_000)
        assert [event.position for event in events] == list(range(1, len(events) + 1))
        assert all(event.partition == number == partition_of(event.link_id, PARTITIONS) for event in events)
        found[number] = [event.event_id for event in events]
    return found


def test_positions_count_from_one_in_each_partition_in_the_order_of_commits(link_side: LinkSide) -> None:
    ids = make_links(link_side, 40)

    cursors = give_positions(link_side.outbox)

    found = everything(link_side)
    assert all(
        found[number] == [event_id for event_id in ids if event_id in found[number]] for number in found
    )
    assert sorted(event_id for partition in found.values() for event_id in partition) == sorted(ids)
    assert cursors == [PartitionCursor(number, len(found[number]), 0) for number in range(PARTITIONS)]
    assert cursors == link_side.outbox.cursors()


def test_positions_are_given_in_portions_and_once(link_side: LinkSide) -> None:
    make_links(link_side, 10)

    totals = [sum(cursor.given for cursor in give_positions(link_side.outbox, limit=4)) for _ in range(4)]

    assert totals == [4, 8, 10, 10]
    everything(link_side)


def test_what_has_no_position_yet_can_not_be_read(link_side: LinkSide) -> None:
    make_links(link_side, 3)

    assert not any(link_side.outbox.read(number, after=0, limit=10) for number in range(PARTITIONS))


def test_positions_that_come_with_the_change_follow_the_order_of_commits_too(link_side: LinkSide) -> None:
    link_side.outbox.gives_positions = True

    ids = make_links(link_side, 40)

    found = everything(link_side)
    assert all(
        found[number] == [event_id for event_id in ids if event_id in found[number]] for number in found
    )
    assert sorted(event_id for partition in found.values() for event_id in partition) == sorted(ids)
    assert link_side.outbox.cursors() == [
        PartitionCursor(number, len(found[number]), 0) for number in range(PARTITIONS)
    ]


def test_a_change_that_is_undone_leaves_no_gap(link_side: LinkSide) -> None:
    link_side.outbox.gives_positions = True
    link_side.producer.create_link("https://example.com/", by="ann", slug="taken")
    for _ in range(10):
        with pytest.raises(InvalidInput):
            link_side.producer.create_link("https://example.com/", by="ann", slug="Taken")
    make_links(link_side, 10)

    assert sum(map(len, everything(link_side).values())) == 11


def test_creations_at_the_same_time_get_positions_without_gaps(link_side: LinkSide) -> None:
    link_side.outbox.gives_positions = True

    assert at_once(*[lambda: make_links(link_side, 15)] * 4) == []

    assert sum(map(len, everything(link_side).values())) == 60


def test_a_new_event_does_not_overtake_those_that_wait_for_a_position(link_side: LinkSide) -> None:
    slug = link_side.producer.create_link("https://example.com/", by="ann").slug
    link_side.outbox.gives_positions = True

    link_side.producer.edit_link(slug, by="ann", title="Newer")
    assert all(cursor.given == 0 for cursor in link_side.outbox.cursors())
    give_positions(link_side.outbox)
    link_side.producer.edit_link(slug, by="ann", title="Newest")

    runs = [link_side.outbox.read(number, after=0, limit=10) for number in range(PARTITIONS)]
    assert [event.sequence for run in runs for event in run] == [1, 2, 3]


def test_a_run_begins_behind_a_position_and_has_a_limit(link_side: LinkSide) -> None:
    make_links(link_side, 40)
    cursor = max(give_positions(link_side.outbox), key=lambda cursor: cursor.given)

    run = link_side.outbox.read(cursor.partition, after=2, limit=3)

    assert [event.position for event in run] == [3, 4, 5]
    assert link_side.outbox.read(cursor.partition, after=cursor.given, limit=3) == []


def test_what_the_broker_has_is_noted_and_can_be_taken_back(link_side: LinkSide) -> None:
    make_links(link_side, 30)
    given = {cursor.partition: cursor.given for cursor in give_positions(link_side.outbox)}

    give_positions(link_side.outbox, given, limit=100)
    assert link_side.outbox.cursors() == [PartitionCursor(n, given[n], given[n]) for n in range(PARTITIONS)]

    give_positions(link_side.outbox, {0: 1, 1: 0}, limit=100)
    assert link_side.outbox.cursors()[:2] == [
        PartitionCursor(0, given[0], 1),
        PartitionCursor(1, given[1], 0),
    ]


def test_what_waits_is_counted_with_the_age_of_the_oldest(link_side: LinkSide) -> None:
    assert link_side.outbox.unpublished() == (0, None)
    created = [link_side.producer.create_link("https://example.com/", by="ann") for _ in range(6)]
    times = [link_side.list.one(made.link_id).created_at for made in created]

    count, oldest = link_side.outbox.unpublished()
    assert count == 6
    assert oldest == pytest.approx(times[0], abs=1e-5)

    # With a position, but not in the broker: still waiting.
    given = {cursor.partition: cursor.given for cursor in give_positions(link_side.outbox, limit=3)}
    count, oldest = link_side.outbox.unpublished()
    assert count == 6
    assert oldest == pytest.approx(times[0], abs=1e-5)

    give_positions(link_side.outbox, given, limit=0)
    count, oldest = link_side.outbox.unpublished()
    assert count == 3
    assert oldest == pytest.approx(times[3], abs=1e-5)


def test_what_waits_is_counted_without_reading_the_outbox_from_end_to_end(link_side: LinkSide) -> None:
    make_links(link_side, 8)
    give_positions(link_side.outbox, limit=4)
    asked: list[tuple[str, object]] = []
    engine = link_side.database._engine
    event.listen(engine, "before_cursor_execute", lambda *call: asked.append((call[2], call[3])))

    assert link_side.outbox.unpublished()[0] == 8

    with engine.connect() as db:
        plans = [
            str(row[3])
            for statement, values in asked
            if statement.startswith("SELECT")
            for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)  # type: ignore[arg-type]
        ]
    of_outbox = [plan for plan in plans if "outbox" in plan]
    assert of_outbox
    assert [plan for plan in of_outbox if "SCAN" in plan and "outbox_waiting" not in plan] == []


def test_the_time_of_a_commit_is_known_by_its_place(link_side: LinkSide) -> None:
    made = link_side.producer.create_link("https://example.com/", by="ann")
    give_positions(link_side.outbox)
    number = partition_of(made.link_id, PARTITIONS)

    times = link_side.outbox.committed_at([(number, 1), (number, 2), ((number + 1) % PARTITIONS, 1)])

    assert times == {(number, 1): pytest.approx(link_side.list.one(made.link_id).created_at, abs=1e-5)}


def test_of_no_place_no_time_is_known(link_side: LinkSide) -> None:
    link_side.producer.create_link("https://example.com/", by="ann")
    give_positions(link_side.outbox)

    assert link_side.outbox.committed_at([]) == {}


def test_the_newest_links_come_with_the_time_of_their_publication(link_side: LinkSide) -> None:
    ids = make_links(link_side, 4)
    first = link_side.outbox.newest_links(1)[0][0]
    link_side.producer.edit_link(first.link_id, by="ann", title="Not a creation")
    given = {cursor.partition: cursor.given for cursor in give_positions(link_side.outbox, limit=4)}
    give_positions(link_side.outbox, given, limit=0)
    newer = make_links(link_side, 1)

    newest = link_side.outbox.newest_links(3)

    assert [event.event_id for event, _ in newest] == [*newer, *ids[:1:-1]]
    assert newest[0][1] is None
    assert all(published_at is not None for _, published_at in newest[1:])


def test_the_number_of_partitions_can_not_be_changed_later(link_side: LinkSide, tmp_path: Path) -> None:
    link_side.outbox.prepare()  # The same number again is fine.

    with pytest.raises(
        BadSettings, match=f"SIGNALBOX_PARTITIONS: 8, but this database was made with {PARTITIONS}"
    ):
        Outbox(link_side.database, 8).prepare()
