"""From seconds to places on the axis and back, as a part of its width: 0 is the left edge of what is seen, 1 the right.

The axis runs evenly, or ever faster, so that milliseconds and days fit into one line. Pure arithmetic.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

#: Below so many seconds an axis that runs ever faster is nearly even.
_UNIT_S = 0.001
#: Nobody sees less of the whole than this part.
_LEAST_PART = 1e-7
_MINUTE, _HOUR, _DAY = 60.0, 3_600.0, 86_400.0
#: Distances of ticks that people can read, in seconds.
_STEPS = (
    *(digit * 10.0**power for power in range(-6, 1) for digit in (1, 2, 5)),
    *(10.0, 20.0, 30.0, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 30 * _MINUTE),
    *(_HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 30 * _DAY, 365 * _DAY),
)
#: Ticks of an axis that runs ever faster; the first that find room are taken, round ones first.
_ROUND = (
    *(0.0, 1.0, 0.001, 0.1, 0.01, 10.0, _MINUTE, _HOUR, _DAY, 10 * _MINUTE, 7 * _DAY, 30 * _DAY),
    *(5.0, 0.05, 0.5, 0.005, 30.0, 6 * _HOUR, 2.0, 0.2, 0.02, 0.002, 3 * _HOUR, 12 * _HOUR),
)


class Axis(StrEnum):
    """What the axis tells; the values are the words of the choice."""

    FASTER = "Since the commit, long waits shortened"
    EVEN = "Since the commit, to scale"
    CLOCK = "By the clock"


@dataclass(frozen=True, slots=True)
class TimeScale:
    """One axis and what is seen of it."""

    #: How many seconds the whole axis has.
    whole_s: float
    is_faster: bool
    #: What is seen, as parts of the whole.
    low: float = 0.0
    high: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether all of it is seen."""
        return self.low <= 0.0 and self.high >= 1.0

    def part(self, seconds: float) -> float:
        """Give the place of a time; outside of 0 to 1 it is not seen."""
        return (self._of_whole(seconds) - self.low) / (self.high - self.low)

    def seconds(self, part: float) -> float:
        """Give the time at a place."""
        whole = self.low + part * (self.high - self.low)
        if not self.is_faster:
            return whole * self.whole_s
        return math.expm1(whole * math.log1p(self.whole_s / _UNIT_S)) * _UNIT_S

    def zoomed(self, factor: float, around: float = 0.5) -> "TimeScale":
        """See so many times more closely (below 1: less) around a place, which stays where it is."""
        width = min(1.0, max(_LEAST_PART, (self.high - self.low) / factor))
        held = self.low + around * (self.high - self.low)
        return self._from(held - around * width, width)

    def moved(self, by: float) -> "TimeScale":
        """See what is further on, by a part of what is seen."""
        width = self.high - self.low
        return self._from(self.low + by * width, width)

    def fitted(self) -> "TimeScale":
        """See all of it."""
        return replace(self, low=0.0, high=1.0)

    def grown(self, whole_s: float) -> "TimeScale":
        """Give the same times of an axis that has become longer; who sees all of it still does."""
        longer = TimeScale(whole_s, self.is_faster)
        if self.is_whole:
            return longer
        low, high = (min(1.0, longer.part(self.seconds(part))) for part in (0.0, 1.0))
        return longer._from(low, max(_LEAST_PART, high - low))

    def ticks(self, most: int, zero: float = 0.0) -> tuple[float, ...]:
        """Give times worth a line, in order, no more than about so many; even ones are round when counted from `-zero`."""
        if not self.is_faster:
            return self._even_ticks(most, zero)
        rounds = self._apart(_ROUND, most)
        # Close up there are few round times; even ones are near each other where the axis runs fast.
        return (
            rounds
            if len(rounds) > 2
            else max(rounds, self._apart(self._even_ticks(most, zero), most), key=len)
        )

    def _apart(self, wanted: Iterable[float], most: int) -> tuple[float, ...]:
        """Give those of the wanted times that are seen and find room, the first ones first served, in order."""
        found: list[float] = []
        for seconds in wanted:
            part = self.part(seconds)
            if 0 <= part <= 1 and all(abs(part - self.part(one)) >= 1 / most for one in found):
                found.append(seconds)
        return tuple(sorted(found))

    def _even_ticks(self, most: int, zero: float) -> tuple[float, ...]:
        first, last = self.seconds(0.0), self.seconds(1.0)
        step = next((one for one in _STEPS if (last - first) / one <= most), _STEPS[-1])
        begin = math.ceil((first + zero) / step - 1e-9)
        number = min(most + 1, math.floor((last + zero) / step + 1e-9) - begin + 1)
        return tuple((begin + each) * step - zero for each in range(max(0, number)))

    def _of_whole(self, seconds: float) -> float:
        seconds = max(0.0, seconds)
        if not self.is_faster:
            return seconds / self.whole_s
        return math.log1p(seconds / _UNIT_S) / math.log1p(self.whole_s / _UNIT_S)

    def _from(self, low: float, width: float) -> "TimeScale":
        low = min(max(0.0, low), 1.0 - width)
        return replace(self, low=low, high=low + width)
