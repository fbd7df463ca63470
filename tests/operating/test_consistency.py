"""How long links took to full consistency: told only of what is complete, and read only when something was written."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy import event as sql_events

from core.consuming import tables
from core.consuming.contract import Answer
from core.consuming.requests import Requests, Wish
from core.operating.consistency import Consistency
from core.operating.events.handlings import read_handlings
from core.operating.installation import Installation
from core.operating.links.consistency import ConsistencyTrack
from core.operating.links.journeys import Journeys
from core.operating.open_books import OpenBooks
from core.operating.readings import ConsumerReadings
from core.operating.rebuilds import RebuildTimes
from core.producing.producer import Producer
from core.settings import Settings
from core.storage.database import Database, open_sqlite
from core.storage.schema import prepare
from tests.support.links import SHORT_BASE, give_positions

NAMES = ("billing", "dashboard")
LINKS = 4


class Place:
    """An installation of one partition with some links, and two consumers that apply what they are told to."""

    def __init__(self, data_dir: Path) -> None:
        self.installation = Installation(Settings.load(data_dir=data_dir, partitions=1))
        self.data_dir = data_dir
        self.producer = Producer(
            self.installation.links,
            self.installation.outbox,
            self.installation.teams,
            short_base=SHORT_BASE,
            on_commit=lambda: None,
        )
        for _ in range(LINKS):
            self.producer.create_link("https://example.com/", by="ann")
        give_positions(self.installation.outbox)
        self.newest = self.installation.outbox.beginnings(LINKS)
        self.books = {name: self._book(name) for name in NAMES}
        self.readings = {name: ConsumerReadings(self.installation, name) for name in NAMES}
        self.track = ConsistencyTrack(self.installation.outbox, self.readings)
        self.now = 1_000.0

    def _book(self, name: str) -> Database:
        database = open_sqlite(self.data_dir / f"{name}.db", name=name, durable=False)
        prepare(database, tables.metadata)
        with database.transaction() as db:
            db.execute(insert(tables.watermarks), {"partition": 0, "position": 0})
        return database

    def apply(self, name: str, number: int, after_s: float) -> None:
        """Write the receipt of one of the newest links, so long after its commit."""
        event = self.newest[number]
        with self.books[name].transaction() as db:
            db.execute(
                insert(tables.inbox),
                {
                    "partition": 0,
                    "position": event.position,
                    "event_id": event.event_id,
                    "outcome": "applied",
                    "worker": "w1",
                    "applied_at": event.committed_at + after_s,
                },
            )
            db.execute(update(tables.watermarks).values(commits=tables.watermarks.c.commits + 1))

    def look(self) -> Consistency:
        """Look a good second after the last look."""
        self.now += 1.5
        for readings in self.readings.values():
            readings.progress()
        found = self.track.look(self.now, self.installation.outbox.newest_id())
        assert found is not None
        return found

    def close(self) -> None:
        """Close all databases."""
        for readings in self.readings.values():
            readings.close()
        for book in self.books.values():
            book.close()
        self.installation.close()


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    """Give such a place."""
    made = Place(short_dir)
    yield made
    made.close()


def test_only_what_every_consumer_has_applied_is_timed_by_its_last_receipt(place: Place) -> None:
    for number, after_s in enumerate((0.2, 0.1, 0.4)):
        place.apply("billing", number, after_s)
    place.apply("dashboard", 0, 0.5)
    place.apply("dashboard", 1, 0.05)

    found = place.look()

    assert [round(ms) for ms in found.times_ms] == [100, 500]
    assert found.waiting == 2
    assert found.slowest_trace == place.newest[0].traceparent[3:35]
    assert (found.oldest_at, found.newest_at) == (
        place.newest[-1].committed_at,
        place.newest[0].committed_at,
    )


def test_a_database_that_was_made_anew_is_read_though_it_has_had_as_many_transactions(place: Place) -> None:
    for number in (0, 1):
        place.apply("dashboard", number, 0.1)
    place.apply("billing", 0, 0.2)
    assert [round(ms) for ms in place.look().times_ms] == [200]

    place.books["billing"].close()
    for file in place.data_dir.glob("billing.db*"):
        file.unlink()
    place.books["billing"] = place._book("billing")
    place.apply("billing", 1, 0.3)

    assert [round(ms) for ms in place.look().times_ms] == [200, 300]


def test_what_a_rebuild_has_applied_again_is_not_timed(place: Place) -> None:
    for number in (0, 1):
        place.apply("billing", number, 0.0)
        place.apply("dashboard", number, 0.0)
    requests = Requests(place.installation.control)
    first, refused = (requests.ask([Wish(name, "rebuild")], by="ann", why="")[0] for name in NAMES)
    times = RebuildTimes(place.installation.control)
    assert times.read() == {}
    requests.done([(first, Answer("It is emptied.")), (refused, Answer("It can't be.", done=False))])
    place.apply("billing", 2, 600)
    place.apply("dashboard", 2, 0.2)

    rebuilt = times.read()
    assert list(rebuilt) == ["billing"]
    place.readings["billing"].rebuilt_at = rebuilt["billing"]
    found = place.look()

    assert [round(ms) for ms in found.times_ms] == [0, 0]
    assert (found.waiting, found.rebuilt) == (LINKS - 3, 1)
    journeys = Journeys(place.installation.outbox, place.readings).look(changed=True, team_names={})
    assert [(one.rebuilt, one.consistent_ms is None) for one in journeys] == [
        ((), False),
        ((), False),
        (("billing",), True),
        ((), True),
    ]

    books = OpenBooks(place.installation)
    where = (0, place.newest[2].position)
    billing, dashboard = read_handlings(books, NAMES, [where])[where]
    assert [one.is_again(place.newest[2].committed_at) for one in (billing, dashboard)] == [True, False]
    books.close()


def test_what_was_complete_before_a_rebuild_waits_until_it_is_applied_again(place: Place) -> None:
    for number in range(LINKS):
        place.apply("billing", number, 0.0)
        place.apply("dashboard", number, 0.0)
    journeys = Journeys(place.installation.outbox, place.readings)
    assert (place.look().waiting, len(place.look().times_ms)) == (0, LINKS)
    assert all(one.consistent_ms is not None for one in journeys.look(changed=True, team_names={}))

    with place.books["billing"].transaction() as db:
        db.execute(delete(tables.inbox))
    place.readings["billing"].rebuilt_at = place.newest[0].committed_at + 60

    assert (place.look().waiting, place.look().times_ms) == (LINKS, ())
    assert all(one.consistent_ms is None for one in journeys.look(changed=False, team_names={}))


def test_nothing_is_read_while_nothing_is_written(place: Place) -> None:
    first = place.look()
    asked: list[str] = []
    for database in (place.installation.links, *place.books.values()):
        sql_events.listen(
            database._engine,
            "before_cursor_execute",
            lambda _c, _k, statement, *_: asked.append(statement),
        )

    assert place.track.look(place.now + 5, place.installation.outbox.newest_id()) is first
    assert [one for one in asked if "sequence" in one or "inbox" in one] == []

    place.apply("billing", 0, 0.2)
    place.apply("dashboard", 0, 0.3)
    place.now += 10
    assert place.look().waiting == LINKS - 1


def test_it_is_not_looked_again_within_a_second(place: Place) -> None:
    first = place.look()
    place.apply("billing", 0, 0.2)
    place.apply("dashboard", 0, 0.3)

    assert place.track.look(place.now + 0.25, "changed") is first


def test_a_consumer_that_can_not_be_read_makes_what_is_missing_unknown(place: Place) -> None:
    place.books["billing"].close()
    (place.data_dir / "billing.db").unlink()
    (place.data_dir / "billing.db").write_bytes(b"no database at all" * 1_000)

    found = place.look()

    assert found.unread == ("billing",)
    assert found.times_ms == ()


def test_shares_are_taken_of_what_is_complete() -> None:
    times = Consistency(times_ms=tuple(float(number) for number in range(1, 101)))

    assert [times.at(share) for share in (0.5, 0.95, 1.0)] == [50.0, 95.0, 100.0]
    assert Consistency(times_ms=(7.0,)).at(0.5) == 7.0
    assert Consistency().at(0.95) is None
