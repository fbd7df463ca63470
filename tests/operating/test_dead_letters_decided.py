"""What operators decide about dead letters is asked of the workers, and they hear what came of it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.consuming.requests import Requests
from core.errors import InvalidInput
from core.operating.dead_letters.rows import Selection
from tests.support.burying import requests_done
from tests.support.exactly_once import query
from tests.support.links import give_positions
from tests.support.operated import Place, operated


@pytest.fixture
def place(short_dir: Path) -> Iterator[Place]:
    with operated(short_dir) as made:
        yield made


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

    assert (outcome.outcome, outcome.failed) == (
        "noted; no worker runs it now, so it is done when one does",
        False,
    )
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
