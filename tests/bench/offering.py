"""Work at a steady rate. Imports nothing of ours: it also runs inside the window, whose memory is measured."""

import time
from collections.abc import Callable
from threading import Event

#: Links offered per second.
RATE = 200


def target_url(number: int) -> str:
    """Give a web address of common length."""
    return f"https://example.com/articles/2026/11/number-{number}?utm_source=newsletter&utm_medium=email"


def offer(
    work: Callable[[int], object], count: int, *, rate: float = RATE
) -> tuple[list[float], list[float]]:
    """Call `work` at a steady rate; gives each call's duration, and its end counted from when it was due, in ms."""
    pause = Event()
    durations, from_due = [], []
    start = time.perf_counter()
    for number in range(count):
        due = start + number / rate
        pause.wait(max(0.0, due - time.perf_counter()))
        began = time.perf_counter()
        work(number)
        ended = time.perf_counter()
        durations.append((ended - began) * 1000)
        from_due.append((ended - due) * 1000)
    return durations, from_due
