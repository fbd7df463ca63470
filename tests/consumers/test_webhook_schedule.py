"""When a webhook is tried again decides whether a receiver that was down hears of everything after all."""

from datetime import UTC, datetime, timedelta

import pytest

from consumers.webhook_schedule import DELAYS_S, LONGEST_RETRY_AFTER_S, Answer, next_delay

NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_is_a_delivery(status: int) -> None:
    answer = Answer(status)

    assert answer.delivered
    assert next_delay(answer, 1) is None


@pytest.mark.parametrize("status", [None, 100, 199, 301, 302, 307, 400, 404, 429, 500, 503])
def test_anything_else_is_tried_again(status: int | None) -> None:
    answer = Answer(status)

    assert not answer.delivered
    assert next_delay(answer, 1, swing=0) == 5


def test_the_waits_grow_and_end_after_the_last_attempt() -> None:
    delays = [next_delay(Answer(500), attempts, swing=0) for attempts in range(1, len(DELAYS_S) + 1)]

    assert delays == [*DELAYS_S[1:], None]
    assert list(DELAYS_S) == sorted(DELAYS_S)


def test_whoever_is_gone_is_not_called_again() -> None:
    assert next_delay(Answer(410), 1) is None


@pytest.mark.parametrize(("swing", "delay"), [(-1, 240.0), (0, 300.0), (1, 360.0)])
def test_waits_differ_by_a_fifth(swing: float, delay: float) -> None:
    assert next_delay(Answer(500), 2, swing=swing) == pytest.approx(delay)


@pytest.mark.parametrize(
    ("retry_after", "delay"),
    [
        ("120", 120.0),
        ("1", 5.0),  # Never sooner than our own schedule.
        ("-10", 5.0),
        ("0", 5.0),
        ("Mon, 23 Nov 2026 12:02:00 GMT", 120.0),
        ("Mon, 23 Nov 2020 12:02:00 GMT", 5.0),
        ("999999999", float(LONGEST_RETRY_AFTER_S)),
        ("inf", float(LONGEST_RETRY_AFTER_S)),
        ("nan", 5.0),
        ("soon", 5.0),
        ("Mon, 23 Nov 2026 12:02:00", 5.0),  # Without a zone: not a date as HTTP has them.
        ("", 5.0),
    ],
)
def test_a_busy_receiver_may_ask_for_a_longer_wait(retry_after: str, delay: float) -> None:
    answer = Answer(503, retry_after=retry_after)

    assert next_delay(answer, 1, now=NOW, swing=0) == pytest.approx(delay)


def test_only_a_busy_receiver_is_listened_to() -> None:
    assert next_delay(Answer(500, retry_after="120"), 1, now=NOW, swing=0) == 5


def test_the_whole_schedule_takes_about_three_days() -> None:
    assert timedelta(hours=70) < timedelta(seconds=sum(DELAYS_S)) < timedelta(hours=80)
