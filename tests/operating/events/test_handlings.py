"""What each consumer has of an event is told by its own tables."""

import pytest

from core.events.envelope import Event
from core.operating.dead_letters.effects import Effect
from core.operating.events.browser import EventBrowser
from core.operating.events.handlings import Handling
from tests.support.operated import Place


def handling(browser: EventBrowser, event: Event, consumer: str) -> Handling:
    found = {handling.consumer: handling for handling in browser.detail(event.event_id).handlings}
    assert list(found) == ["analytics", "qr", "billing", "webhook", "dashboard"]
    return found[consumer]


@pytest.mark.parametrize(("outcome", "effect"), [("applied", Effect.APPLIED), ("ignored", Effect.IGNORED)])
def test_a_receipt_says_when_and_by_whom(
    place: Place, browser: EventBrowser, outcome: str, effect: Effect
) -> None:
    event = place.created("one")
    place.stores["qr"].applied(event, outcome=outcome)

    found = handling(browser, event, "qr")

    assert (found.effect, found.at, found.worker, found.trouble) == (effect, 1.0, "w", None)
    assert found.is_settled


def test_an_event_that_no_worker_has_come_to_waits(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")

    assert handling(browser, event, "analytics").effect is Effect.WAITING
    assert handling(browser, event, "qr").effect is Effect.WAITING
    assert not handling(browser, event, "qr").is_settled


def test_a_parked_event_says_what_failed_and_those_behind_it_say_that_it_was_another(
    place: Place, browser: EventBrowser
) -> None:
    first = place.created("one")
    place.desk.edit_link("one", title="Other")
    place.created("two")
    second = next(event for event in place.events() if event.type == "LinkUpdated.v1")
    store = place.stores["billing"]
    store.reached(first.partition, 9)
    store.park(first, attempts=3)
    store.park_behind(second)

    found, behind = handling(browser, first, "billing"), handling(browser, second, "billing")

    assert (found.effect, behind.effect) == (Effect.PARKED, Effect.PARKED)
    assert found.trouble is not None
    assert (found.trouble.error, found.trouble.attempts, found.trouble.is_behind) == (
        "OSError: no disk",
        3,
        False,
    )
    assert found.trouble.next_attempt_at is not None
    assert behind.trouble is not None
    assert behind.trouble.is_behind


@pytest.mark.parametrize(
    ("state", "effect"),
    [
        ("dead", Effect.DEAD),
        ("discarded", Effect.DISCARDED),
        ("applied", Effect.APPLIED),
    ],
)
def test_a_dead_letter_says_what_became_of_it(
    place: Place, browser: EventBrowser, state: str, effect: Effect
) -> None:
    event = place.created("one")
    store = place.stores["billing"]
    store.reached(event.partition, event.position)
    store.bury(event, state=state, decided_by="ann", why="no plan")

    found = handling(browser, event, "billing")

    assert found.effect is effect
    assert found.decision is not None
    assert (found.decision.state, found.decision.by, found.decision.why) == (state, "ann", "no plan")
    assert found.trouble is not None
    assert found.trouble.error == "ValueError: no plan"


def test_what_was_applied_after_it_was_dead_is_told_so(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")
    place.stores["billing"].bury(event, state="applied", retries=1)
    place.stores["billing"].applied(event, outcome="retried")

    found = handling(browser, event, "billing")

    assert (found.effect, found.at, found.was_retried) == (Effect.APPLIED, 1.0, True)


def test_a_receipt_that_was_removed_is_no_wait(place: Place, browser: EventBrowser) -> None:
    event = place.created("one")
    place.stores["qr"].reached(event.partition, event.position)

    assert handling(browser, event, "qr").effect is Effect.DEALT_WITH


def test_a_consumer_that_cannot_be_read_is_unknown_and_hides_no_other(
    place: Place, browser: EventBrowser
) -> None:
    event = place.created("one")
    place.stores["qr"].applied(event)
    (place.desk.settings.data_dir / "dashboard.db").write_bytes(b"no database" * 1_000)

    assert handling(browser, event, "dashboard").effect is Effect.UNKNOWN
    assert handling(browser, event, "qr").effect is Effect.APPLIED
