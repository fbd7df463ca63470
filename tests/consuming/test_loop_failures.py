"""An event that fails holds up its partition and nothing else, and is shown until it succeeds."""

import pytest

from core.broker.streams import Streams
from core.consuming import loop as loop_module
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.links import PARTITIONS
from tests.support.looping import Check, FailsFor, StartLoop, in_flight
from tests.support.waiting import eventually


def test_a_failing_event_stops_its_partition_only_and_is_shown(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(20)
    number, position, bad = a_place_in_the_middle(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()

    expected = {**feed.expected(), number: feed.expected()[number][: position - 1]}
    eventually(lambda: collected(database) == expected)
    eventually(lambda: bad.event_id in (loop.status.error or ""))
    assert "ValueError: it does not like this link" in (loop.status.error or "")
    feed.links(20)  # The others go on.
    expected = {**feed.expected(), number: expected[number]}
    eventually(lambda: collected(database) == expected)
    before = fails.calls
    eventually(lambda: fails.calls > before)  # And it is tried again and again.


def a_place_in_the_middle(feed: Feed) -> tuple[int, int, Event]:
    """Give partition, position and event of something that has neighbours on both sides."""
    number, events = max(feed.expected().items(), key=lambda item: len(item[1]))
    position = len(events) // 2
    return number, position, feed.side.outbox.read(number, after=position - 1, limit=1)[0]


def test_a_partition_goes_on_in_order_when_its_event_is_handled_at_last(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect, streams: Streams
) -> None:
    feed.links(20)
    _, _, bad = a_place_in_the_middle(feed)
    collect.after = fails = FailsFor(bad.link_id)
    loop = start_loop()
    eventually(lambda: fails.calls >= 3)
    feed.links(20)

    fails.link_ids.clear()

    eventually(has_everything)
    eventually(lambda: loop.status.error is None)
    eventually(lambda: in_flight(streams) == 0)
    feed.links(5)
    eventually(has_everything)


def test_failures_of_several_partitions_are_each_waited_out(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    feed.links(24)
    bad = [feed.side.outbox.read(number, after=1, limit=1)[0].link_id for number in feed.expected()]
    collect.after = fails = FailsFor(*bad)
    loop = start_loop()
    eventually(lambda: loop.status.error is not None)
    eventually(lambda: fails.calls >= 2 * len(bad))

    for link_id in bad:
        fails.link_ids.discard(link_id)

    eventually(has_everything)


def test_a_failing_event_is_waited_for_longer_and_longer(
    feed: Feed, start_loop: StartLoop, collect: Collect, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def note(failures: int, **_limits: float) -> float:
        asked.append(failures)
        return 0.01

    monkeypatch.setattr(loop_module, "retry_delay", note)
    feed.links(1)
    event = next(
        run[0] for run in (feed.side.outbox.read(n, after=0, limit=1) for n in range(PARTITIONS)) if run
    )
    collect.after = FailsFor(event.link_id)

    start_loop()

    eventually(lambda: len(asked) >= 4)
    assert asked[:4] == [1, 2, 3, 4]
