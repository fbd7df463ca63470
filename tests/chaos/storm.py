"""The storm itself: one thread deals the blows of the plan at their times, undoes them, and keeps the parts running."""

import heapq
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.chaos.damage import Damage, Undo
from tests.chaos.parts import Parts, bury_orphans
from tests.chaos.plan import Blow, Kind

#: Time between two looks at the parts, in seconds.
_GLANCE_S = 0.02
#: Until a blow that found nothing to hit is tried again, in seconds.
_AGAIN_S = 0.5
_BURY_EVERY_S = 1.0


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    act: Callable[[], None] = field(compare=False)


class Storm:
    """One storm over some parts; `dealt` counts the blows that hit."""

    def __init__(self, parts: Parts, damage: Damage, diary: Path) -> None:
        """`diary` is a file that tells afterwards what hit when."""
        self.dealt: Counter[Kind] = Counter()
        self._parts = parts
        self._damage = damage
        self._diary = diary
        self._due: list[_Due] = []
        self._number = 0
        self._undos: list[Undo] = []
        self._pause = threading.Event()
        self._buried_at = 0.0

    def rage(self, blows: Iterable[Blow], seconds: float) -> None:
        """Deal all blows for so many seconds; at the end everything is undone, and the parts run."""
        began = time.monotonic()
        for blow in blows:
            self._at(began + blow.at, lambda blow=blow: self._deal(blow))  # type: ignore[misc]
        try:
            while time.monotonic() < began + seconds:
                while self._due and self._due[0].at <= time.monotonic():
                    heapq.heappop(self._due).act()
                self.wait()
        finally:
            for undo in self._undos:
                undo()

    def wait(self) -> None:
        """Wait a moment, with all parts that should run kept running."""
        self._parts.keep()
        if time.monotonic() - self._buried_at > _BURY_EVERY_S:
            self._buried_at = time.monotonic()
            bury_orphans({part.pid for part in self._parts.all})
        self._pause.wait(_GLANCE_S)

    def _at(self, when: float, act: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._due, _Due(when, self._number, act))

    def _deal(self, blow: Blow) -> None:
        undo = self._damage.deal(blow)
        if undo is None:
            # What was missed together shall not hit together.
            self._at(time.monotonic() + _AGAIN_S * (1 + blow.chance), lambda: self._deal(blow))
            return
        self.dealt[blow.kind] += 1
        self._write(f"{blow.kind}, planned for {blow.at:.1f} s")
        if blow.lasts:
            self._undos.append(undo)
            self._at(time.monotonic() + blow.lasts, lambda: self._undo(undo))

    def _write(self, line: str) -> None:
        with self._diary.open("a", encoding="utf-8") as diary:
            diary.write(f"{datetime.now():%H:%M:%S.%f} {line}\n")  # noqa: DTZ005 - beside the logs, which are local

    def _undo(self, undo: Undo) -> None:
        self._undos.remove(undo)
        undo()
        self._write("one thing is undone")
