"""Waiting longer after each failure, but never for ever, and not in step with others."""

import pytest

from core.consuming.backoff import FIRST_S, JITTER, LONGEST_S, retry_delay


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.1), (2, 0.2), (3, 0.4), (4, 0.8), (10, 51.2), (11, 60.0), (10_000, 60.0)]
)
def test_the_wait_doubles_up_to_a_minute(failures: int, seconds: float) -> None:
    assert retry_delay(failures, jitter=0) == pytest.approx(seconds)


def test_a_shorter_longest_wait_is_kept() -> None:
    assert retry_delay(50, longest_s=2.0, jitter=0) == 2.0


@pytest.mark.parametrize(("jitter", "factor"), [(-1, 0.8), (1, 1.2), (0.5, 1.1)])
def test_the_jitter_is_a_fifth_either_way(jitter: float, factor: float) -> None:
    assert retry_delay(3, jitter=jitter) == pytest.approx(0.4 * factor)


def test_without_a_given_jitter_it_is_left_to_chance() -> None:
    waits = {retry_delay(1) for _ in range(50)}

    assert len(waits) > 25
    assert all(FIRST_S * (1 - JITTER) <= wait <= FIRST_S * (1 + JITTER) for wait in waits)
    assert retry_delay(99) <= LONGEST_S * (1 + JITTER)
