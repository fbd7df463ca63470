"""Old events go from the beginning of a partition, without holes, and only as far as nobody needs them."""

import time

from sqlalchemy import update

from core.events.times import rfc3339
from core.producing.relay import Relay
from core.producing.retention import forget
from core.producing.tables import links, outbox
from tests.support.links import PARTITIONS, LinkSide, count, give_positions
from tests.support.relaying import make_links, publish_all

ALL = dict.fromkeys(range(PARTITIONS), 1_000)


def positions(side: LinkSide) -> dict[int, list[int]]:
    return {
        number: [event.position for event in side.outbox.read(number, after=0, limit=1_000)]
        for number in range(PARTITIONS)
    }


def forget_all(side: LinkSide, upto: dict[int, int], *, older_than: float, limit: int = 1_000) -> int:
    deleted = 0
    while more := forget(side.database, upto, older_than=older_than, limit=limit):
        assert more <= limit
        deleted += more
    return deleted


def test_events_go_up_to_a_position_of_each_partition(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 80)
    publish_all(relay)
    before = positions(link_side)

    deleted = forget_all(link_side, {0: 3, 1: 0, 2: 1_000}, older_than=time.time() + 1)

    assert deleted == 3 + len(before[2])
    assert positions(link_side) == {0: before[0][3:], 1: before[1], 2: [], 3: before[3]}
    assert link_side.outbox.oldest() == {0: 4, 1: 1, 2: len(before[2]) + 1, 3: 1}
    assert count(link_side, links) == 80


def test_events_go_portion_by_portion(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 80)
    publish_all(relay)

    assert forget_all(link_side, ALL, older_than=time.time() + 1, limit=7) == 80
    assert count(link_side, outbox) == 0


def test_younger_events_stay_and_older_ones_behind_them_too(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 80)
    publish_all(relay)
    long_ago = rfc3339(time.time() - 1_000)
    with link_side.database.transaction() as db:
        # The clock was put back once: times don't always follow positions.
        db.execute(update(outbox).where(outbox.c.position != 3).values(time=long_ago))

    assert forget_all(link_side, ALL, older_than=time.time() - 100) == 2 * PARTITIONS

    assert all(found[0] == 3 for found in positions(link_side).values())


def test_what_the_broker_does_not_have_stays(link_side: LinkSide) -> None:
    make_links(link_side, 80)
    give_positions(link_side.outbox, {0: 2, 1: 1})

    assert forget_all(link_side, ALL, older_than=time.time() + 1) == 3
    assert forget_all(link_side, {}, older_than=time.time() + 1) == 0


def test_positions_go_on_after_everything_was_deleted(link_side: LinkSide, relay: Relay) -> None:
    make_links(link_side, 80)
    publish_all(relay)
    given = {cursor.partition: cursor.given for cursor in link_side.outbox.cursors()}
    forget_all(link_side, ALL, older_than=time.time() + 1)

    make_links(link_side, 80)
    publish_all(relay)

    assert all(found[0] == given[number] + 1 for number, found in positions(link_side).items())
    assert link_side.outbox.unpublished() == (0, None)
