"""Equal failures are told as one, whatever the events that they name."""

from core.events.envelope import Event
from core.operating.dead_letters.causes import by_cause
from core.operating.dead_letters.rows import DeadLetter, cause_of
from tests.support.burying import TRACEBACK


def letter(
    consumer: str, link: str, error: str = "ValueError: no plan", *, trace: str = TRACEBACK, at: float = 5.0,
    retries: int = 0, state: str = "dead",
) -> DeadLetter:  # fmt: skip
    event = Event("e", "LinkCreated.v1", link, "2026-11-23T11:50:00Z", 1, "", b"{}", 0, 1)
    decided = (None, None, None, None)
    return DeadLetter(consumer, event, "poison", error, trace, 5, at - 1, at, "w", state, retries, *decided)


def test_a_cause_is_the_kind_of_error_and_where_it_was_raised() -> None:
    assert cause_of("ValueError: no plan for link 7", TRACEBACK) == (
        "ValueError at consumers/billing.py:55 in handle"
    )


def test_a_cause_without_a_traceback_is_the_errors_first_line() -> None:
    assert cause_of("The process died 3 times.\nSee the log.", "") == "The process died 3 times."
    assert len(cause_of("x" * 1_000, "")) == 120


def test_letters_that_failed_alike_are_one_group_across_consumers() -> None:
    letters = [
        letter("billing", "a", "ValueError: no plan for a", at=5.0),
        letter("qr", "b", "ValueError: no plan for b", at=9.0, retries=1),
        letter("qr", "b", "ValueError: no plan for b", at=7.0, retries=1, state="applied"),
        letter("qr", "c", "The process died.", trace=""),
    ]

    first, second = by_cause(letters)

    assert (first.count, first.consumers, first.links) == (3, ("billing", "qr"), 2)
    assert (first.first_failed_at, first.last_failed_at, first.failed_again) == (4.0, 9.0, 1)
    assert first.example == "ValueError: no plan for b"
    assert (second.count, second.cause) == (1, "The process died.")
