"""The time line shows each failed attempt and each call of a webhook, with the waits between."""

from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Decision, Handling, Trouble
from core.operating.events.places import EventRow
from core.operating.traces.attempts import FailedAttempt
from core.operating.traces.effects import Attempt, Delivery
from core.operating.traces.steps import steps_of
from core.operating.traces.trace import Step, StepKind
from tests.support.events import AT
from tests.support.trace_steps import EVENT, NOW, lane, shape


def failed(number: int, at: float, *, gave_up: bool = False) -> FailedAttempt:
    return FailedAttempt(number, AT + at, "poison", "ValueError: no plan\nmore", "w1", gave_up)


def test_each_attempt_is_shown_with_the_waits_between_also_when_it_was_applied_at_last() -> None:
    applied = Handling("billing", Effect.APPLIED, AT + 9, "w2")

    steps = lane(applied, attempts=(failed(1, 2), failed(2, 4)))

    assert shape(steps) == [
        ("WAIT", 1, 2),
        ("FAILED", 2, None),
        ("WAIT", 2, 4),
        ("FAILED", 4, None),
        ("WAIT", 4, 9),
        ("APPLIED", 9, None),
    ]
    second = steps[3]
    assert (second.words, second.text, second.by) == ("attempt 2 failed", "poison: ValueError: no plan", "w1")
    assert [steps[number].text for number in (0, 2, 4)] == ["for its turn", "for attempt 2", "for attempt 3"]
    assert steps[-1].text == "after 2 failed attempts"


def test_what_fails_still_waits_for_the_next_attempt_since_the_last_one() -> None:
    trouble = Trouble("transient", "OSError: no disk", 2, AT + 2, AT + 4, next_attempt_at=AT + 200)

    steps = lane(
        Handling("billing", Effect.PARKED, AT + 2, None, trouble), attempts=(failed(1, 2), failed(2, 4))
    )

    assert shape(steps)[-2:] == [("FAILED", 4, None), ("WAIT", 4, None)]
    assert (steps[-1].is_open, steps[-1].text) == (True, "for attempt 3")


def test_attempts_that_are_not_on_record_one_by_one_are_shown_together() -> None:
    applied = Handling("billing", Effect.APPLIED, AT + 90, "w2")

    steps = lane(applied, attempts=(failed(1, 2), failed(40, 80), failed(41, 85)))

    assert shape(steps)[1:4] == [("FAILED", 2, None), ("FAILED", 2, 80), ("FAILED", 80, None)]
    assert steps[2].words == "failed"
    assert steps[2].text == "attempts 2 to 39, which are not on record one by one"
    assert steps[-1].text == "after 41 failed attempts"


def test_attempts_stand_before_and_after_the_operator_who_had_them_made() -> None:
    retried = Decision("applied", 2, "ann", AT + 20, "mended", None)
    trouble = Trouble("poison", "ValueError: no plan", 2, AT + 2, AT + 12)
    attempts = (failed(1, 2, gave_up=True), failed(2, 12, gave_up=True), failed(3, 22))

    steps = lane(Handling("billing", Effect.APPLIED, AT + 30, "w", trouble, retried), attempts=attempts)

    assert [(step.kind.name, step.text) for step in steps if step.kind is not StepKind.FAILED] == [
        ("WAIT", "for its turn"),
        ("DEAD", "poison: ValueError: no plan"),
        ("WAIT", "for an operator"),
        ("DEAD", "poison: ValueError: no plan"),
        ("WAIT", "for an operator"),
        ("RETRIED", "mended"),
        ("WAIT", "for its turn"),
        ("WAIT", "for attempt 4"),
        ("APPLIED", "after 3 failed attempts, after it had been a dead letter"),
    ]


def test_what_an_operator_has_given_up_is_dead_by_that_and_not_by_its_attempts() -> None:
    error = "OSError: no disk\nGiven up by ann after 1 attempt: of no use"
    trouble = Trouble("operator", error, 1, AT + 2, AT + 9)
    dead = Handling("billing", Effect.DEAD, None, "w", trouble, Decision("dead", 0, None, None, None, None))

    steps = lane(dead, attempts=(failed(1, 2),))

    assert shape(steps) == [
        ("WAIT", 1, 2),
        ("FAILED", 2, None),
        ("WAIT", 2, 9),
        ("DEAD", 9, None),
        ("WAIT", 9, None),
    ]
    assert steps[3].text == "Given up by ann after 1 attempt: of no use"


def test_what_failed_was_published_before_whenever_the_relay_notes_it() -> None:
    row = EventRow(1, EVENT, AT + 3)
    applied = Handling("billing", Effect.APPLIED, AT + 9, "w2")

    steps = steps_of(
        row,
        [applied],
        now=NOW,
        deliveries={},
        drawn_at={},
        in_flight={},
        attempts={"billing": (failed(1, 2),)},
    )

    assert shape([step for step in steps if step.lane == "relay"])[-1] == ("PUBLISHED", 2, None)


def test_each_attempt_at_a_webhook_is_shown_with_the_waits_between() -> None:
    attempts = (
        Attempt(1, AT + 3, AT + 3.5, 500, "HTTP 500", "we are\nasleep"),
        Attempt(2, AT + 8, AT + 9, None, "timed out"),
        Attempt(3, AT + 20, AT + 20.5, 204, None),
    )
    applied = Handling("webhook", Effect.APPLIED, AT + 2, "w")

    def called(state: str, count: int, finished_at: float | None = None) -> list[Step]:
        one = Delivery(
            EVENT.event_id, "http://hook.test/", state, None, AT + 2, finished_at, attempts[:count]
        )
        return lane(applied, deliveries=(one,))[2:]

    delivered, waiting = called("delivered", 3, AT + 20.5), called("waiting", 1)
    exhausted = called("exhausted", 2, AT + 9)

    assert shape(delivered) == [
        ("WAIT", 2, 3),
        ("REFUSED", 3, 3.5),
        ("WAIT", 3.5, 8),
        ("REFUSED", 8, 9),
        ("WAIT", 9, 20),
        ("CALLED", 20, 20.5),
    ]
    assert delivered[1].text == "attempt 1 at http://hook.test/: HTTP 500: we are asleep"
    assert delivered[-1].text == "attempt 3 at http://hook.test/: HTTP 204"
    assert shape(waiting)[-1] == ("WAIT", 3.5, None)
    assert waiting[-1].is_open
    assert shape(exhausted)[-1] == ("EXHAUSTED", 9, None)
