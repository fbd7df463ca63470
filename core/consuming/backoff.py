"""How long to wait after failures in a row: a pure function, so that it can be tested without waiting."""

import random

FIRST_S = 0.1
LONGEST_S = 60.0
#: Share by which a wait is shortened or lengthened, so that failures don't march in step.
JITTER = 0.2


def retry_delay(failures: int, *, longest_s: float = LONGEST_S, jitter: float | None = None) -> float:
    """Give the seconds to wait after the n-th failure in a row, n from 1; `jitter` from -1 to 1, random by default."""
    swing = random.uniform(-1, 1) if jitter is None else jitter
    return float(min(longest_s, FIRST_S * 2 ** (min(failures, 32) - 1)) * (1 + JITTER * swing))
