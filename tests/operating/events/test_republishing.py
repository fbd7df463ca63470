"""What would come of an event that is published again is said before it is done; nobody is told twice of what still
comes."""

import sqlite3
from contextlib import closing

import pytest

from core.errors import InvalidInput, NotFound, StoreUnavailable
from core.events.envelope import Event
from core.operating.events.prospects import Prospect, Verdict
from core.operating.events.republishing import Preview, Republishing
from tests.support.burying import store_of
from tests.support.operated import Place


@pytest.fixture
def republishing(place: Place) -> Republishing:
    return place.desk.republishing


def of(seen: Preview, consumer: str) -> Prospect:
    return next(one for one in seen.prospects if one.consumer == consumer)


def applied_everywhere(place: Place, *events: Event) -> None:
    """Let the three consumers that have databases here have applied events."""
    for store in place.stores.values():
        store.applied(*events)


def events_of(place: Place, event: Event) -> list[Event]:
    """Give the events that were published in the place of one."""
    return [row.event for row in place.desk.reading_room.events.detail(event.event_id).replacements]


def test_who_has_the_effect_absorbs_it_and_who_has_one_per_event_runs_again(
    place: Place, republishing: Republishing
) -> None:
    place.desk.add_endpoint("https://receiver.example/hook")
    place.desk.add_endpoint("https://other.example/hook")
    event = place.created("one")
    applied_everywhere(place, event)

    seen = republishing.preview(event.event_id)

    assert [one.consumer for one in seen.prospects] == ["analytics", "qr", "billing", "webhook", "dashboard"]
    assert of(seen, "billing").verdict is Verdict.ABSORBS
    assert of(seen, "billing").text == "has its effect, and absorbs it: nothing changes"
    assert of(seen, "qr").verdict is Verdict.ABSORBS
    assert of(seen, "webhook").verdict is Verdict.RUNS
    assert of(seen, "webhook").text == "has its effect, and will run again: 2 more effects"
    assert seen.will_run == ("webhook",)


def test_an_endpoint_that_came_later_is_told_of_what_was_before_it(
    place: Place, republishing: Republishing
) -> None:
    event = place.created("one")
    applied_everywhere(place, event)
    assert of(republishing.preview(event.event_id), "webhook").text == "has nobody to tell: nothing changes"

    place.desk.add_endpoint("https://receiver.example/hook")

    assert of(republishing.preview(event.event_id), "webhook").text.endswith("will run again: 1 more effect")


def test_nobody_is_told_once_more_of_what_comes_by_itself(place: Place, republishing: Republishing) -> None:
    event = place.created("one")
    place.stores["qr"].reached(event.partition, event.position)
    place.stores["qr"].bury(event)
    place.stores["webhook"].reached(event.partition, event.position)
    place.stores["webhook"].park(event)

    seen = republishing.preview(event.event_id)

    assert of(seen, "billing").text.startswith("has not come to it yet")
    assert of(seen, "webhook").text.startswith("has it parked")
    assert of(seen, "qr").text.startswith("has it dead: retry or edit")
    assert {one.verdict for one in seen.prospects} == {Verdict.REFUSED}
    with pytest.raises(InvalidInput, match="qr has it dead"):
        republishing.tell_again(seen, ["qr"])
    assert events_of(place, event) == []


def test_what_was_given_up_can_be_had_after_all(place: Place, republishing: Republishing) -> None:
    event = place.created("one")
    place.stores["billing"].reached(event.partition, event.position)
    place.stores["billing"].bury(event, state="discarded")

    assert of(republishing.preview(event.event_id), "billing").verdict is Verdict.RUNS


def test_a_click_that_was_counted_is_never_counted_again(place: Place, republishing: Republishing) -> None:
    place.created("one")
    place.desk.click("one")
    place.created("two")
    click = next(event for event in place.events() if event.type == "LinkClicked.v1")
    place.stores["webhook"].applied(click, outcome="ignored")
    (place.desk.settings.data_dir / "dashboard.db").unlink(missing_ok=True)

    seen = republishing.preview(click.event_id)

    assert of(seen, "webhook").verdict is Verdict.PASSES_BY
    assert of(seen, "webhook").text == "does not react to LinkClicked.v1"
    assert seen.will_run == ()


def test_a_click_that_was_given_up_is_counted_once_by_an_event_in_its_place(
    place: Place, republishing: Republishing
) -> None:
    place.created("one")
    place.desk.click("one")
    place.created("two")
    click = next(event for event in place.events() if event.type == "LinkClicked.v1")
    store = store_of(place.desk.settings.data_dir, "analytics")
    with closing(store.database):
        store.reached(click.partition, click.position)
        store.bury(click, state="discarded")
        (told,) = republishing.tell_again(republishing.preview(click.event_id), ["analytics"])

        seen = republishing.preview(click.event_id)

        assert of(seen, "analytics").verdict is Verdict.REFUSED
        assert of(seen, "analytics").text.endswith(
            f"would count it twice; told again before, last by {told.event_id}"
        )
        with pytest.raises(InvalidInput, match="would count it twice"):
            republishing.tell_again(seen, ["analytics"])
    assert [new.event_id for new in events_of(place, click)] == [told.event_id]


def test_what_can_not_be_noted_in_the_journal_is_not_published_either(
    place: Place, republishing: Republishing
) -> None:
    event = place.created("one")
    applied_everywhere(place, event)
    seen = republishing.preview(event.event_id)
    with closing(
        sqlite3.connect(place.desk.settings.data_dir / "control.db", isolation_level=None)
    ) as holder:
        holder.execute("BEGIN IMMEDIATE")

        with pytest.raises(StoreUnavailable, match="Database control"):
            republishing.tell_again(seen, ["billing"])

    assert events_of(place, event) == []


def test_a_new_event_for_each_consumer_names_its_origin_and_the_journal_says_who_and_why(
    place: Place, republishing: Republishing
) -> None:
    place.desk.add_endpoint("https://receiver.example/hook")
    event = place.created("one")
    applied_everywhere(place, event)
    seen = republishing.preview(event.event_id)

    told = republishing.tell_again(seen, ["webhook", "billing"], why="they lost it", by="ann")

    made = events_of(place, event)
    assert [(one.consumer, one.event_id) for one in told] == [(new.audience, new.event_id) for new in made]
    assert [new.audience for new in made] == ["webhook", "billing"]
    for new in made:
        for name in ("type", "link_id", "time", "sequence", "data_json", "partition"):
            assert getattr(new, name) == getattr(event, name), name
    entries = [(act.by, act.act, act.subject, act.why) for act in place.desk.journal.newest(2)[::-1]]
    where = f"{event.partition}/{event.position}"
    assert entries == [
        ("ann", f"republish {where} as event {one.event_id}", one.consumer, "they lost it") for one in told
    ]
    assert of(republishing.preview(event.event_id), "webhook").text.endswith(
        f"told again before, last by {told[0].event_id}"
    )


def test_what_has_changed_since_it_was_looked_at_is_not_published(
    place: Place, republishing: Republishing
) -> None:
    place.desk.add_endpoint("https://receiver.example/hook")
    event = place.created("one")
    applied_everywhere(place, event)
    seen = republishing.preview(event.event_id)
    republishing.tell_again(seen, ["webhook"])

    with pytest.raises(InvalidInput, match="Meanwhile webhook"):
        republishing.tell_again(seen, ["webhook"])
    with pytest.raises(InvalidInput, match="no consumer 'nobody'"):
        republishing.tell_again(seen, ["nobody"])
    with pytest.raises(InvalidInput, match="which consumers"):
        republishing.tell_again(seen, [])
    assert len(events_of(place, event)) == 1


def test_an_event_that_there_is_not_cannot_be_published_again(republishing: Republishing) -> None:
    with pytest.raises(NotFound, match="retention"):
        republishing.preview("no-such-event")


def test_only_what_its_stream_has_lost_is_put_back(place: Place, republishing: Republishing) -> None:
    seen = republishing.preview(place.created("one").event_id)

    assert not seen.is_lost
    with pytest.raises(InvalidInput, match="not lost from its stream: unknown"):
        republishing.put_back(seen)
    assert place.desk.journal.newest(1) == []
