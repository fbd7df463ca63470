"""What operators want and workers say, read from the control database only when somebody has written there."""

import time
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from core.consuming.controls import Controls, Wanted
from core.consuming.heartbeats import SILENCE_S, Heartbeat, Heartbeats
from core.operating.endpoints.failing import OffEndpoint
from core.operating.endpoints.rows import read_off
from core.operating.faults.board import read_fault_sets
from core.operating.journal.marks import Marks
from core.operating.rebuilds import RebuildTimes
from core.operating.snapshot import FaultSet, Mark
from core.storage.database import Database


@dataclass(frozen=True, slots=True)
class ControlLook:
    """The control database at one moment; rows as the snapshot wants them."""

    #: Of workers that have spoken lately.
    heartbeats: tuple[Heartbeat, ...]
    #: The consumers that events are kept for, in display order.
    registered: tuple[str, ...]
    #: Of each consumer that anything was ever wanted of.
    wanted: Mapping[str, Wanted]
    #: Recent acts per subject, oldest first.
    marks: Mapping[str, tuple[Mark, ...]]
    #: What is broken on purpose, the oldest first.
    faults: tuple[FaultSet, ...]
    #: When consumers were rebuilt last; those that never were are left out.
    rebuilt: Mapping[str, float]
    #: Endpoints of webhooks that are switched off, the longest first.
    endpoints_off: tuple[OffEndpoint, ...]


class ControlWatch:
    """Watches one control database; one thread at a time looks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._controls = Controls(database)
        self._heartbeats = Heartbeats(database)
        self._marks = Marks(database)
        self._rebuilds = RebuildTimes(database)
        self._sign: Hashable | None = None
        self._last: ControlLook | None = None

    def look(self) -> ControlLook:
        """Give what is so now: workers fall silent and faults end by the clock alone.

        Raises:
            StoreUnavailable: it can't be read.
        """
        sign = self._database.sign()
        if self._last is None or sign is None or sign != self._sign:
            self._last = self._read()
            self._sign = sign
        now = time.time()
        return replace(
            self._last,
            heartbeats=tuple(beat for beat in self._last.heartbeats if beat.heard_at > now - SILENCE_S),
            faults=tuple(one for one in self._last.faults if one.ends_at is None or one.ends_at > now),
        )

    def _read(self) -> ControlLook:
        return ControlLook(
            heartbeats=tuple(self._heartbeats.live()),
            registered=self._controls.registered(),
            wanted=self._controls.wanted(),
            marks=self._marks.read(),
            faults=read_fault_sets(self._database),
            rebuilt=self._rebuilds.read(),
            endpoints_off=read_off(self._database),
        )
