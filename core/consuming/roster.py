"""Which workers are alive, by the beats that this process has seen change; clocks of others are never compared."""

import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

import psutil

from core.consuming.heartbeats import SILENCE_S, Heartbeat


@dataclass(slots=True)
class _Seen:
    """One worker as last seen."""

    beat: float
    #: When its beat was seen to change, by our monotonic clock.
    changed_at: float
    consumers: frozenset[str]


class Roster:
    """Told of heartbeats by one thread, asked by any."""

    def __init__(self) -> None:
        self._host = socket.gethostname()
        self._seen: dict[str, _Seen] = {}
        self._alive: dict[str, frozenset[str]] = {}

    def note(self, beats: Sequence[Heartbeat]) -> None:
        """Take in what all workers said last, the silent ones too."""
        now = time.monotonic()
        by_worker: dict[str, list[Heartbeat]] = {}
        for beat in beats:
            by_worker.setdefault(beat.worker_id, []).append(beat)
        seen = {}
        for worker, own in by_worker.items():
            newest = max(beat.heard_at for beat in own)
            before = self._seen.get(worker)
            changed_at = before.changed_at if before is not None and before.beat == newest else now
            seen[worker] = _Seen(newest, changed_at, frozenset(beat.consumer for beat in own))
        alive: dict[str, set[str]] = {}
        for worker, one in seen.items():
            if now - one.changed_at < SILENCE_S and not self._is_gone(by_worker[worker][0]):
                for consumer in one.consumers:
                    alive.setdefault(consumer, set()).add(worker)
        self._seen = seen
        self._alive = {consumer: frozenset(workers) for consumer, workers in alive.items()}

    def alive(self, consumer: str) -> frozenset[str]:
        """Give the workers that run a consumer now."""
        return self._alive.get(consumer, frozenset())

    def _is_gone(self, beat: Heartbeat) -> bool:
        """Whether a worker of this machine has ended without a word: no need to wait for its silence."""
        if beat.host != self._host:
            return False
        try:
            # Should another process have been given the number since, the silence will tell.
            return psutil.Process(beat.pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True
