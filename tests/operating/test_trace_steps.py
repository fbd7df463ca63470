"""The time line says what happened when, shows waits as waits, and puts no time where none is known."""

import msgspec
import pytest

from core.broker.stream_look import InFlight
from core.events.ids import new_id
from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Decision, Handling, Trouble
from core.operating.events.places import EventRow
from core.operating.traces.steps import steps_of
from core.operating.traces.trace import StepKind, Trace, TracedEvent
from tests.support.events import AT
from tests.support.trace_steps import EVENT, NOW, ROW, lane, shape

TROUBLE = Trouble("poison", "ValueError: no plan\nmore", 5, AT + 2, AT + 9)
BY_ANN = Decision("applied", 1, "ann", AT + 20, "mended", None)


def test_an_event_waits_for_the_relay_then_for_a_worker() -> None:
    applied = Handling("qr", Effect.APPLIED, AT + 3, "w1")

    steps = steps_of(ROW, [applied], now=NOW, deliveries={}, drawn_at={"qr": AT + 2.5}, in_flight={})

    assert [(step.lane, *shape([step])[0]) for step in steps] == [
        ("producer", "COMMITTED", 0, None),
        ("relay", "WAIT", 0, 1),
        ("relay", "PUBLISHED", 1, None),
        ("qr", "WAIT", 1, 3),
        ("qr", "DRAWN", 2.5, None),
        ("qr", "APPLIED", 3, None),
    ]
    assert steps[-1].by == "w1"
    assert not any(step.is_open or step.is_trouble for step in steps)


@pytest.mark.parametrize("position", [0, 7])
def test_what_is_not_published_waits_for_the_relay_and_for_nobody_else(position: int) -> None:
    row = EventRow(1, msgspec.structs.replace(EVENT, position=position), None)

    steps = steps_of(row, [Handling("qr", Effect.WAITING)], now=NOW, deliveries={}, drawn_at={}, in_flight={})

    assert [(step.lane, step.kind, step.is_open) for step in steps] == [
        ("producer", StepKind.COMMITTED, False),
        ("relay", StepKind.WAIT, True),
    ]


def test_a_worker_that_is_faster_than_the_relays_note_has_not_waited() -> None:
    assert shape(lane(Handling("qr", Effect.APPLIED, AT + 0.5, "w"))) == [("APPLIED", 0.5, None)]


@pytest.mark.parametrize("noted_at", [AT + 1, None])
def test_what_a_worker_has_applied_was_published_before_whenever_the_relay_notes_it(
    noted_at: float | None,
) -> None:
    row, applied = EventRow(1, EVENT, noted_at), Handling("qr", Effect.APPLIED, AT + 0.5, "w")

    steps = steps_of(row, [applied], now=NOW, deliveries={}, drawn_at={}, in_flight={})

    assert shape([step for step in steps if step.lane == "relay"]) == [
        ("WAIT", 0, 0.5),
        ("PUBLISHED", 0.5, None),
    ]


def test_an_event_that_nobody_has_dealt_with_waits_and_says_to_whom_it_was_given() -> None:
    waiting = Handling("qr", Effect.WAITING)

    alone = lane(waiting)
    given = lane(waiting, in_flight=InFlight("qr", 10.0, 3))

    assert shape(alone) == [("WAIT", 1, None)]
    assert alone[0].is_open
    assert shape(given) == [("WAIT", 1, None), ("DELIVERED", 90, None)]
    assert given[1].text == "deliveries: 3, not acknowledged"


def test_a_parked_event_has_failed_and_waits_for_the_next_attempt() -> None:
    trouble = Trouble("transient", "OSError: no disk", 2, AT + 2, AT + 9, next_attempt_at=AT + 200)

    steps = lane(Handling("billing", Effect.PARKED, AT + 2, None, trouble))

    assert shape(steps) == [("WAIT", 1, 2), ("FAILED", 2, 9), ("PARKED", 2, None), ("WAIT", 9, None)]
    assert steps[1].text == "transient, attempts: 2: OSError: no disk"
    assert (steps[-1].is_open, steps[-1].text) == (True, "for the next attempt")


def test_an_event_behind_another_has_not_failed_itself() -> None:
    trouble = Trouble("held", "ValueError: no plan", 5, AT + 2, AT + 9, is_behind=True)

    steps = lane(Handling("billing", Effect.PARKED, AT + 2, None, trouble))

    assert shape(steps) == [("WAIT", 1, 2), ("PARKED", 2, None), ("WAIT", 2, None)]
    assert steps[1].text == "behind an earlier event of its link"
    assert steps[2].text == "for an operator"


def test_a_dead_letter_waits_for_an_operator() -> None:
    steps = lane(
        Handling("billing", Effect.DEAD, None, "w", TROUBLE, Decision("dead", 0, None, None, None, None))
    )

    assert shape(steps) == [("WAIT", 1, 2), ("FAILED", 2, 9), ("DEAD", 9, None), ("WAIT", 9, None)]
    assert steps[1].text == "poison, attempts: 5: ValueError: no plan"
    assert steps[-1].is_open


def test_a_dead_letter_that_was_tried_again_ends_with_its_receipt() -> None:
    steps = lane(Handling("billing", Effect.APPLIED, AT + 21, "w", TROUBLE, BY_ANN))

    assert shape(steps) == [
        ("WAIT", 1, 2),
        ("FAILED", 2, 9),
        ("DEAD", 9, None),
        ("WAIT", 9, 20),
        ("RETRIED", 20, None),
        ("WAIT", 20, 21),
        ("APPLIED", 21, None),
    ]
    assert [step.text for step in steps if step.kind is StepKind.WAIT] == [
        "for its turn",
        "for an operator",
        "for its turn",
    ]
    retried = steps[4]
    assert (retried.by, retried.text) == ("ann", "mended")


def test_a_discarded_one_says_by_whom_why_and_in_favour_of_what() -> None:
    decision = Decision("discarded", 0, "ann", AT + 20, "edited", "other-event")

    steps = lane(Handling("billing", Effect.DISCARDED, None, "w", TROUBLE, decision))

    assert shape(steps)[-1] == ("DISCARDED", 20, None)
    assert (steps[-1].by, steps[-1].text) == ("ann", "edited (in favour of other-event)")


@pytest.mark.parametrize(("effect", "kind"), [(Effect.UNKNOWN, "UNKNOWN"), (Effect.DEALT_WITH, "DEALT_WITH")])
def test_what_is_not_known_has_no_time(effect: Effect, kind: str) -> None:
    assert shape(lane(Handling("qr", effect))) == [(kind, None, None)]


def test_an_event_in_anothers_place_was_committed_when_its_id_was_made() -> None:
    event = msgspec.structs.replace(EVENT, event_id=new_id(), origin="other", time="2020-01-01T00:00:00Z")

    steps = steps_of(EventRow(2, event, None), [], now=NOW, deliveries={}, drawn_at={}, in_flight={})

    assert steps[0].kind is StepKind.COMMITTED
    assert steps[0].at is not None
    assert steps[0].at > AT - 86_400 * 365
    assert "in the place of other" in steps[0].text


def test_a_trace_is_over_when_nothing_goes_on() -> None:
    def trace(handling: Handling) -> Trace:
        steps = steps_of(ROW, [handling], now=NOW, deliveries={}, drawn_at={}, in_flight={})
        event = TracedEvent(ROW, (handling,), steps)
        return Trace("s", "link", (), (), (), (event,), left_out=0, taken_at=NOW)

    over = trace(Handling("qr", Effect.APPLIED, AT + 3, "w"))
    assert (over.began_at, over.ended_at) == (AT, AT + 3)
    assert trace(Handling("qr", Effect.WAITING)).ended_at is None
    assert trace(Handling("qr", Effect.UNKNOWN)).ended_at is None
