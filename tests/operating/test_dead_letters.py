"""Operators see dead letters as they stand, know what each act touches, and hear what came of it."""

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from consumers import NAMES, build_consumers
from core.consuming.heartbeats import Heartbeat, Heartbeats
from core.consuming.requests import Requests
from core.errors import InvalidInput, NotFound
from core.events.envelope import Event
from core.operating.dead_letter_rows import DeadLetter, Selection
from core.operating.dead_letters import DeadLetters
from core.operating.desk import Desk
from core.operating.effects import Effect
from core.operating.program import Program
from core.settings import Settings
from core.storage.database import Database
from tests.support.burying import Store, requests_done, store_of
from tests.support.exactly_once import query
from tests.support.links import give_positions
from tests.support.programs import MAIN


@dataclass(frozen=True)
class Place:
    """An installation on which nothing runs, with the databases of three consumers."""

    desk: Desk
    stores: dict[str, Store]

    @property
    def letters(self) -> DeadLetters:
        return self.desk.dead_letters

    @property
    def control(self) -> Database:
        return self.desk._installation.control

    def created(self, slug: str) -> Event:
        """Create a link, and give its event."""
        event_id = self.desk.create_link("https://example.com/", slug=slug, title="A title").event_id
        give_positions(self.desk._installation.outbox)
        return next(event for event in self.events() if event.event_id == event_id)

    def events(self) -> list[Event]:
        outbox = self.desk._installation.outbox
        return [
            event
            for number in range(outbox.partition_count)
            for event in outbox.read(number, after=0, limit=100)
        ]

    def only(self, **selected: Any) -> DeadLetter:
        (letter,) = self.letters.find(Selection(**selected))
        return letter

    def beat(self, *consumers: str) -> None:
        """Let a worker be heard of."""
        now = time.time()
        Heartbeats(self.control).beat(
            [Heartbeat("w", name, "host", 1, now, now, 1, False, 0, None) for name in consumers]
        )


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    desk = Desk.attach(Settings.load(data_dir=short_dir), program=program)
    stores = {name: store_of(short_dir, name) for name in ("billing", "qr", "webhook")}
    yield Place(desk, stores)
    for store in stores.values():
        store.database.close()
    desk.close()


# Looking


def test_consumers_that_never_ran_have_no_dead_letters_and_nothing_that_waits(place: Place) -> None:
    assert place.letters.find(Selection(consumer="analytics")) == []
    assert place.letters.waiting("analytics") == []
    assert not (place.desk.settings.data_dir / "analytics.db").exists()


def test_a_consumer_that_does_not_exist_is_named(place: Place) -> None:
    with pytest.raises(NotFound, match="nobody"):
        place.letters.find(Selection(consumer="nobody"))


def test_a_dead_letter_is_seen_whole(place: Place) -> None:
    event = place.created("first")
    place.stores["billing"].bury(event, retries=2, decided_by="ann", why="a try")

    letter = place.only()

    assert (letter.consumer, letter.event) == ("billing", event)
    assert letter.place == f"{event.partition}/{event.position}"
    assert letter.trace_id in event.traceparent
    assert letter.cause == "ValueError at consumers/billing.py:55 in handle"
    assert (letter.attempts, letter.retries, letter.decided_by, letter.why) == (5, 2, "ann", "a try")


def test_each_filter_narrows_and_all_of_them_must_apply(place: Place) -> None:
    first, second, third = (place.created(slug) for slug in ("first", "second", "third"))
    place.stores["billing"].bury(first)
    place.stores["billing"].bury(second, error="KeyError: 'team'", last_failed_at=time.time() - 7_200)
    place.stores["qr"].bury(second, error_class="crash", error="The process died.", traceback="")
    place.stores["qr"].bury(third, state="discarded")

    def found(**selected: Any) -> list[tuple[str, str]]:
        return [(one.consumer, one.event.event_id) for one in place.letters.find(Selection(**selected))]

    everything = {("billing", first), ("billing", second), ("qr", second)}
    assert set(found()) == {(name, event.event_id) for name, event in everything}
    assert found(consumer="qr") == [("qr", second.event_id)]
    assert found(link_id=first.link_id) == [("billing", first.event_id)]
    assert found(error_class="crash") == [("qr", second.event_id)]
    assert found(cause="keyerror") == [("billing", second.event_id)]
    assert len(found(cause="billing.py:55")) == 2
    assert ("billing", second.event_id) not in found(since=time.time() - 3_600)
    assert found(consumer="billing", event_id=second.event_id) == [("billing", second.event_id)]
    assert found(place=(first.partition, first.position), consumer="billing") == [("billing", first.event_id)]
    assert ("qr", third.event_id) in found(state="all")
    assert found(consumer="qr", cause="keyerror") == []


def test_a_preview_says_what_each_other_consumer_has_of_the_event(place: Place) -> None:
    event = place.created("first")
    place.stores["billing"].bury(event)
    place.stores["qr"].applied(event)
    place.stores["webhook"].park(event)

    (one,) = place.letters.preview([place.only()])

    assert one.effects == {
        "analytics": Effect.WAITING,
        "qr": Effect.APPLIED,
        "webhook": Effect.PARKED,
        "dashboard": Effect.WAITING,
    }
    assert one.replacement is None


def test_a_preview_tells_ignored_dead_discarded_and_long_past_apart(place: Place) -> None:
    event = place.created("first")
    place.stores["billing"].bury(event)
    place.stores["qr"].applied(event, outcome="ignored")
    place.stores["webhook"].bury(event, state="discarded")
    letter = place.only(consumer="billing")

    (one,) = place.letters.preview([letter])
    assert (one.effects["qr"], one.effects["webhook"]) == (Effect.IGNORED, Effect.DISCARDED)

    place.stores["webhook"].decide(event.partition, event.position, state="dead")
    dashboard = store_of(place.desk.settings.data_dir, "dashboard")
    dashboard.reached(event.partition, event.position)
    dashboard.database.close()
    (one,) = place.letters.preview([letter])
    assert (one.effects["webhook"], one.effects["dashboard"]) == (Effect.DEAD, Effect.DEALT_WITH)


def test_a_consumer_whose_database_is_damaged_is_unknown_and_hides_nothing_else(place: Place) -> None:
    event = place.created("first")
    place.stores["billing"].bury(event)
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database at all" * 100)

    (one,) = place.letters.preview(place.letters.find(Selection(consumer="billing")))

    assert one.effects["dashboard"] is Effect.UNKNOWN
    assert one.effects["qr"] is Effect.WAITING


def test_waiting_keys_are_listed_with_how_many_of_their_events_wait(place: Place) -> None:
    event = place.created("first")
    place.stores["webhook"].park(event)
    place.stores["billing"].park(event, error_class="held", first_failed_at=1.0, next_attempt_at=None)

    keys = place.letters.waiting()

    assert [(key.consumer, key.link_id, key.events) for key in keys] == [
        ("billing", event.link_id, 1),
        ("webhook", event.link_id, 1),
    ]
    assert (keys[0].error_class, keys[0].next_attempt_at) == ("held", None)


# Deciding


def test_a_retry_that_succeeds_is_told_as_applied(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))

    place.beat("billing")
    with requests_done(place.control, place.stores, {"state": "applied", "retries": 1}) as done:
        (outcome,) = place.letters.outcomes(place.letters.retry(affected, why="fixed", by="ann"))

    assert (outcome.outcome, outcome.failed) == ("applied", False)
    assert [(request.act, request.by, request.why) for request in done] == [("retry", "ann", "fixed")]


def test_a_retry_that_fails_again_is_told_with_its_error(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))
    after = {"state": "dead", "retries": 1, "error": "ValueError: still no plan\nmore"}

    place.beat("billing")
    with requests_done(place.control, place.stores, after):
        (outcome,) = place.letters.outcomes(place.letters.retry(affected))

    assert (outcome.outcome, outcome.failed) == ("failed again: ValueError: still no plan", True)


def test_a_retry_that_somebody_else_was_faster_with_has_failed_with_the_workers_words(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))

    place.beat("billing")
    with requests_done(place.control, place.stores, {"state": "discarded"}):
        (outcome,) = place.letters.outcomes(place.letters.retry(affected))

    assert (outcome.outcome, outcome.failed) == ("retry done.", True)


def test_wishes_stay_noted_where_no_worker_runs(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))

    (outcome,) = place.letters.outcomes(place.letters.retry(affected))

    assert (outcome.outcome, outcome.failed) == ("noted; no worker runs it now", False)
    assert len(Requests(place.control).waiting()) == 1


def test_a_worker_that_does_not_come_to_it_is_not_waited_for_longer_than_said(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))

    place.beat("billing")
    (outcome,) = place.letters.outcomes(place.letters.retry(affected), within_s=0.0)

    assert (outcome.outcome, outcome.failed) == ("noted; not done yet", False)


def test_discarding_needs_a_reason_and_keeps_it(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    affected = place.letters.preview(place.letters.find(Selection()))
    with pytest.raises(InvalidInput, match="why"):
        place.letters.discard(affected, why=" ")

    place.beat("billing")
    with requests_done(place.control, place.stores, {}):
        (outcome,) = place.letters.outcomes(place.letters.discard(affected, why="a test link"))

    assert (outcome.outcome, outcome.failed) == ("discard done.", False)
    assert place.only(state="discarded").why == "a test link"
    entry = place.desk.journal.newest(1)[0]
    assert (entry.act, entry.subject) == (f"discard {affected[0].letter.place}", "billing")


def test_an_edit_publishes_a_replacement_for_the_consumer_and_discards_the_dead_letter(place: Place) -> None:
    original = place.created("first")
    place.stores["billing"].bury(original)
    data = json.dumps({**json.loads(original.data_json), "title": "Put right"}).encode()

    place.beat("billing")
    with requests_done(place.control, place.stores, {}):
        event_id, asked = place.letters.edit(place.only(), data, why="a typo", by="ann")
        (outcome,) = place.letters.outcomes(asked)

    give_positions(place.desk._installation.outbox)
    (event,) = [event for event in place.events() if event.event_id == event_id]
    assert (event.origin, event.audience) == (original.event_id, "billing")
    assert (outcome.outcome, place.only(state="discarded").replaced_by) == ("discard done.", event_id)
    acts = [(entry.act, entry.by, entry.why) for entry in reversed(place.desk.journal.newest(2))]
    where = f"{original.partition}/{original.position}"
    assert acts == [
        (f"edit {where} and publish it as {event_id}", "ann", "a typo"),
        (f"discard {where}", "ann", "a typo"),
    ]


def test_an_edit_that_does_not_fit_writes_nothing_anywhere(place: Place) -> None:
    place.stores["billing"].bury(place.created("first"))
    entries = len(place.desk.journal.newest())

    with pytest.raises(InvalidInput, match="title"):
        place.letters.edit(place.only(), place.only().event.data_json.replace(b'"A title"', b"5"))

    assert len(place.events()) == 1
    assert len(place.desk.journal.newest()) == entries
    assert Requests(place.control).waiting() == []


def test_a_dead_letter_with_a_replacement_can_only_be_discarded_and_names_it(place: Place) -> None:
    """As it is when the program dies between the two steps of an edit."""
    place.stores["billing"].bury(place.created("first"))
    letter = place.only()
    event_id, _ = place.letters.edit(letter, letter.event.data_json)
    query_all = "SELECT act, argument FROM requests WHERE act = 'discard'"
    affected = place.letters.preview([letter])

    assert affected[0].replacement == event_id
    with pytest.raises(InvalidInput, match=event_id):
        place.letters.retry(affected)
    with pytest.raises(InvalidInput, match=event_id):
        place.letters.edit(letter, letter.event.data_json)
    place.letters.discard(affected, why="finish it")
    assert query(place.desk.settings.data_dir, "control", query_all) == [("discard", event_id)] * 2


def test_a_waiting_key_is_tried_at_once_when_asked(place: Place) -> None:
    event = place.created("first")
    place.stores["webhook"].park(event)
    (key,) = place.letters.waiting("webhook")

    place.beat("webhook")
    with requests_done(place.control, place.stores, {}) as done:
        (outcome,) = place.letters.outcomes([place.letters.retry_now(key)])

    assert (outcome.consumer, outcome.link_id) == ("webhook", event.link_id)
    assert (outcome.outcome, outcome.event_id) == ("retry now done.", None)
    (request,) = done
    assert (request.act, request.partition, request.argument) == ("retry now", event.partition, event.link_id)
