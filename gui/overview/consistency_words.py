"""The time to full consistency of recent links, as words and as bars: how many took how long. No Qt here.

Times lie between a millisecond and days, so the bars stand on a scale of decades.
"""

import math
import time
from dataclasses import dataclass

from core.operating.consistency import Consistency
from gui.formatting import UNKNOWN, count, milliseconds, plural

#: Bars for each decade of time.
PER_DECADE = 8
#: A scale of fewer decades makes neighbours out of what is the same.
_LEAST_DECADES = 2
_WHAT = "Full consistency"
#: Which part of the links a bar belongs to, by the share of the quickest ones that it ends with.
SHARES = (0.5, 0.95, 1.0)
SHARE_NAMES = ("p50", "p95", "max")
_UNKNOWN = (UNKNOWN,) * len(SHARES)
_SPOKEN = ("half within", "95 % within", "all within")


@dataclass(frozen=True, slots=True)
class Bars:
    """The chart: how many links there are for each step of the scale, and where the shares end."""

    #: Powers of ten, in milliseconds, that the scale begins and ends with.
    first: int
    last: int
    #: Links for each bar, and to which of `SHARES` it belongs.
    heights: tuple[tuple[int, int], ...]

    @property
    def ticks(self) -> tuple[str, ...]:
        """What is written at each decade, such as "10 ms"."""
        return tuple(_tick(power) for power in range(self.first, self.last + 1))


@dataclass(frozen=True, slots=True)
class ConsistencyText:
    """All that the strip says."""

    #: Of which links this is told, and how many are not complete.
    heading: str
    #: The times within which the shares are; unknown while nothing is complete.
    figures: tuple[str, ...]
    #: The whole in sentences.
    spoken: str
    bars: Bars | None


def consistency_text(seen: Consistency | None, now: float) -> ConsistencyText:
    """Say it; `now` in Unix seconds tells which day is today."""
    if seen is None:
        return ConsistencyText(f"{_WHAT}: not read yet", _UNKNOWN, "It was not read yet.", None)
    if seen.oldest_at is None:
        return ConsistencyText(f"{_WHAT}: no links yet", _UNKNOWN, "There are no links yet.", None)
    followed = len(seen.times_ms) + seen.waiting + seen.rebuilt
    heading = f"{_WHAT} of {plural(len(seen.times_ms), 'link')} since {_since(seen.oldest_at, now)}"
    missing = _missing(seen)
    figures = tuple(milliseconds(seen.at(share)) for share in SHARES)
    times = ", ".join(f"{words} {figure}" for words, figure in zip(_SPOKEN, figures, strict=True))
    sentences = [
        f"Time from the commit to the last consumer's receipt, of the newest {plural(followed, 'link')}, "
        f"since {_since(seen.oldest_at, now)}.",
        f"{times[:1].upper()}{times[1:]}." if seen.times_ms else "None is complete.",
        f"{missing[:1].upper()}{missing[1:]}." if missing else "",
    ]
    return ConsistencyText(
        f"{heading}, {missing}" if missing else heading,
        figures,
        " ".join(sentence for sentence in sentences if sentence),
        _bars(seen) if seen.times_ms else None,
    )


def _missing(seen: Consistency) -> str:
    """Say what is not complete or not known; what can't be read is not said to wait."""
    said = []
    if seen.waiting and seen.unread:
        said.append(f"{count(seen.waiting)} unknown ({', '.join(seen.unread)} unreadable)")
    elif seen.waiting:
        said.append(f"{count(seen.waiting)} not yet")
    if seen.rebuilt:
        said.append(f"{count(seen.rebuilt)} rebuilt since")
    return ", ".join(said)


def _since(at: float, now: float) -> str:
    then, today = time.localtime(at), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%Y-%m-%d", then)


def _bars(seen: Consistency) -> Bars:
    shortest, longest = max(0.1, seen.times_ms[0]), max(0.1, seen.times_ms[-1])
    first, last = math.floor(math.log10(shortest)), math.ceil(math.log10(longest))
    last = max(last, first + 1)
    while last - first < _LEAST_DECADES:
        first -= 1
    numbers = [0] * ((last - first) * PER_DECADE)
    for ms in seen.times_ms:
        place = math.floor((math.log10(max(0.1, ms)) - first) * PER_DECADE)
        numbers[min(max(0, place), len(numbers) - 1)] += 1
    heights, before, total = [], 0, len(seen.times_ms)
    for number in numbers:
        # A bar belongs to the share that its first link is in.
        share = next(which for which, end in enumerate(SHARES) if before < math.ceil(end * total) or end == 1)
        heights.append((number, share))
        before += number
    return Bars(first, last, tuple(heights))


def _tick(power: int) -> str:
    """Write a power of ten milliseconds, such as "10 ms", "1 s", "1000 s"."""
    return f"{10**power:g} ms" if power < 3 else f"{10 ** (power - 3):g} s"
