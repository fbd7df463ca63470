"""A pause stands still at once, says so, and loses nothing; a stop is a stop."""

import threading
import time
from collections.abc import Sequence

from core.broker.server import EmbeddedBroker
from core.broker.streams import Streams
from core.consuming.controls import Wanted
from core.events.envelope import Event
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.looping import Check, StartLoop, delivered, pause
from tests.support.waiting import PATIENCE_S, eventually, never


def test_a_pause_stops_reading_and_says_which_wish_it_obeys(
    feed: Feed, start_loop: StartLoop, has_everything: Check, streams: Streams, database: Database
) -> None:
    loop = start_loop()
    feed.links(4)
    eventually(has_everything)

    pause(loop, version=7)
    before = (delivered(streams), collected(database))
    feed.links(8)

    assert loop.status.obeyed_version == 7
    assert loop.is_paused()
    never(lambda: (delivered(streams), collected(database)) != before, within=0.4)

    loop.want(Wanted(version=8))
    eventually(has_everything)
    assert (loop.status.paused, loop.status.obeyed_version) == (False, 8)


def test_a_timed_pause_ends_by_itself(feed: Feed, start_loop: StartLoop, has_everything: Check) -> None:
    loop = start_loop()
    pause(loop, until=time.time() + 3_600)
    feed.links(4)
    assert not has_everything()

    loop.want(Wanted(version=2, paused=True, paused_until=time.time() + 0.2, changed_by="ann"))

    eventually(has_everything)

    assert not loop.status.paused


def test_the_batch_in_hand_is_finished_before_a_pause(
    feed: Feed, start_loop: StartLoop, has_everything: Check, collect: Collect
) -> None:
    in_hand, go_on = threading.Event(), threading.Event()

    def hold(_events: Sequence[Event]) -> None:
        in_hand.set()
        go_on.wait(PATIENCE_S)

    collect.after = hold
    loop = start_loop()
    feed.links(1)
    assert in_hand.wait(PATIENCE_S)

    loop.want(Wanted(version=1, paused=True))
    go_on.set()

    eventually(lambda: loop.status.paused)
    assert has_everything()


def test_a_paused_loop_stops_when_told(start_loop: StartLoop) -> None:
    loop = start_loop()
    pause(loop)

    loop.stop()
    loop.join(PATIENCE_S)

    assert not loop.is_alive()


def test_a_loop_that_waits_for_a_broker_stops_when_told(
    start_loop: StartLoop, broker: EmbeddedBroker
) -> None:
    loop = start_loop()
    broker.stop()
    eventually(lambda: loop.status.error is not None)

    loop.stop()
    loop.join(PATIENCE_S)

    assert not loop.is_alive()
