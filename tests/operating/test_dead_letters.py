"""Operators see dead letters as they stand, and know what an act would touch."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import NotFound
from core.operating.dead_letters.effects import Effect
from core.operating.dead_letters.rows import Selection
from tests.support.burying import store_of
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


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
