"""When a webhook is tried again: pure decisions, without clock or network.

Source: Standard Webhooks 1.0; ten attempts and Retry-After as the large senders of webhooks do it.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds before each attempt, the first one at once: ten attempts in about 76 hours.
DELAYS_S = (0, 5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
#: A receiver may ask for a longer wait, but not for ever.
LONGEST_RETRY_AFTER_S = 86_400
#: The receiver is too busy and may say for how long.
_THROTTLED = frozenset({429, 502, 503, 504})
_GONE = 410


@dataclass(frozen=True, slots=True)
class Answer:
    """How one attempt ended: a status, or why there is none."""

    status: int | None
    error: str | None = None
    response: str = ""
    retry_after: str | None = None

    @property
    def delivered(self) -> bool:
        """Only 2xx counts; a redirect is a failure, and is never followed."""
        return self.status is not None and 200 <= self.status < 300


def next_delay(
    answer: Answer, attempts: int, *, now: datetime | None = None, swing: float | None = None
) -> float | None:
    """Give the seconds until the next attempt after `attempts` of them, or None when there shall be none.

    `swing` from -1 to 1 is the jitter, random by default.
    """
    if answer.delivered or answer.status == _GONE or attempts >= len(DELAYS_S):
        return None
    delay = DELAYS_S[attempts] * (1 + JITTER * (random.uniform(-1, 1) if swing is None else swing))
    if answer.status in _THROTTLED and answer.retry_after:
        delay = max(delay, _retry_after(answer.retry_after, now or datetime.now(UTC)))
    return delay


def _retry_after(text: str, now: datetime) -> float:
    """Read the header's seconds or date; what can't be read asks for nothing."""
    try:
        wait = float(text)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(text) - now).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return min(max(wait, 0.0), LONGEST_RETRY_AFTER_S)
