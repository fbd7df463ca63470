"""An event that kills the process becomes a dead letter at the third death; the innocent beside it are all applied."""

from pathlib import Path

import pytest

from core.broker.server import EmbeddedBroker
from core.consuming.inbox import Inbox, InHand
from core.consuming.tables import dead_letters, parked
from core.storage.database import Database
from tests.consuming.conftest import Feed
from tests.support.collecting import Collect, collected
from tests.support.failing_links import effects, first_link, rows, without
from tests.support.looping import FailsFor, StartLoop, take_all
from tests.support.programs import next_line, program
from tests.support.waiting import PATIENCE_S, eventually


def die(folder: Path, url: str, link_id: str) -> None:
    """Run the consumer until it dies of the link."""
    with program("tests.support.consume_program", folder, url, link_id) as worker:
        assert next_line(worker) == "ready"
        worker.wait(PATIENCE_S)


@pytest.mark.parametrize(("links", "deaths"), [(1, 3), (12, 4)], ids=["alone", "among others"])
def test_it_is_given_up_after_three_deaths_of_its_own(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    broker: EmbeddedBroker,
    tmp_path: Path,
    links: int,
    deaths: int,
) -> None:
    # A whole batch counts as one death, however often it takes to find out which of its events it was.
    feed.links(links)
    bad = first_link(feed)
    for death in range(deaths):
        assert rows(database, dead_letters) == [], f"after {death} deaths"
        die(tmp_path, broker.url, bad.link_id)

    start_loop()  # This one would not die of it, and is not asked to.

    eventually(lambda: len(rows(database, dead_letters)) == 1)
    eventually(lambda: collected(database) == without(feed, bad.link_id))
    (dead,) = rows(database, dead_letters)
    assert (dead["event_id"], dead["error_class"]) == (bad.event_id, "crash")
    assert "died 3 times" in str(dead["error"])


def test_a_parked_event_that_kills_the_process_is_given_up_too(
    feed: Feed,
    start_loop: StartLoop,
    database: Database,
    broker: EmbeddedBroker,
    collect: Collect,
    tmp_path: Path,
) -> None:
    feed.links(4)
    bad = first_link(feed)
    collect.after = FailsFor(bad.link_id)
    first = start_loop()
    eventually(lambda: len(rows(database, parked)) == 1)
    first.stop()
    first.join(PATIENCE_S)

    for _ in range(3):
        die(tmp_path, broker.url, bad.link_id)
    start_loop()

    eventually(lambda: [row["error_class"] for row in rows(database, dead_letters)] == ["crash"])
    eventually(lambda: effects(database) == 3)


def test_what_was_in_hand_of_a_killed_worker_is_applied_by_the_next(
    feed: Feed, start_loop: StartLoop, database: Database, collect: Collect
) -> None:
    feed.links(30)
    dead = Inbox(collect, database, "dead")
    dead.prepare(range(4), feed.side.outbox)
    held = take_all(database, "dead")
    dead.take_in_hand({number: InHand(5, 0, 0) for number in range(4)}, held)

    start_loop()

    eventually(lambda: collected(database) == feed.expected())
    assert rows(database, dead_letters) == []
