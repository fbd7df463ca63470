"""How each kind of blow is dealt, and undone. A blow that finds nothing to hit is tried again a moment later."""

import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from redis.exceptions import RedisError

from consumers import NAMES
from core.broker.client import connect
from core.broker.server_process import is_alive
from core.broker.socket_place import broker_url
from tests.chaos.losses import LOSSES, pick
from tests.chaos.parts import Part, Parts
from tests.chaos.plan import Blow, Kind
from tests.support.preload import Preload
from tests.support.small_disk import SmallDisk
from tests.support.waiting import eventually

Undo = Callable[[], None]

#: The most that is cut off the broker's file, in bytes.
_TAIL_BYTES = 50_000
_ANSWER_S = 1.0
#: By how much clocks are set wrong, in seconds.
_CLOCKS_S = (3_600, -3_600, -7_200)


def _nothing() -> None:
    return


class Damage:
    """Deals blows to the parts of one data dir."""

    def __init__(self, data_dir: Path, parts: Parts, disk: SmallDisk, preload: Preload) -> None:
        self._data_dir = data_dir
        self._parts = parts
        self._disk = disk
        self._preload = preload
        self._deal: dict[Kind, Callable[[Blow], Undo | None]] = {
            Kind.KILL_PRODUCER: lambda blow: _kill(_one_of(parts.producers, blow)),
            Kind.KILL_WORKER: lambda blow: _kill(_one_of(parts.workers, blow)),
            Kind.KILL_OWNER: lambda _: _kill(parts.holder()),
            Kind.KILL_BROKER: lambda _: self._kill_broker(),
            Kind.CUT_TAIL: self._cut_tail,
            Kind.KILL_ALL: lambda _: self._kill_all(),
            Kind.FREEZE_WORKER: lambda blow: _freeze(_one_of(parts.workers, blow)),
            Kind.FREEZE_OWNER: lambda _: _freeze(parts.holder()),
            Kind.FREEZE_BROKER: lambda _: self._freeze_broker(),
            Kind.SLOW_DISK: lambda _: self._slow_disk(),
            Kind.WRONG_CLOCK: self._set_clock,
            Kind.FULL_DISK: lambda _: self._fill_disk(),
            Kind.LOCK_DATABASE: self._lock,
        }

    def deal(self, blow: Blow) -> Undo | None:
        """Deal a blow; gives the way to undo it, or None when there was nothing to hit."""
        if blow.kind in LOSSES:
            return self._lose(blow)
        return self._deal[blow.kind](blow)

    def _kill_broker(self) -> Undo | None:
        broker = self._parts.broker()
        return None if broker is None or not _is_killed(broker) else _nothing

    def _kill_all(self) -> Undo | None:
        """Kill what watches the broker before the broker, so that nothing of it is there any more."""
        broker = self._parts.broker()
        if broker is None:
            return None
        for part in self._parts.all:
            part.kill()
        _is_killed(broker)
        return _nothing

    def _cut_tail(self, blow: Blow) -> Undo | None:
        """Kill the broker and take the end off its file, before whoever watches it starts it again."""
        broker, holder = self._parts.broker(), self._parts.holder()
        if broker is None or holder is None or not holder.send(signal.SIGSTOP):
            return None
        try:
            if not _is_killed(broker):
                return None
            eventually(lambda: not is_alive(broker))
            for file in (self._data_dir / "broker" / "appendonlydir").glob("*.incr.aof"):
                os.truncate(file, max(0, file.stat().st_size - round(blow.chance * _TAIL_BYTES)))
        finally:
            holder.send(signal.SIGCONT)
        return _nothing

    def _freeze_broker(self) -> Undo | None:
        broker = self._parts.broker()
        if broker is None:
            return None
        try:
            broker.suspend()
        except psutil.NoSuchProcess:
            return None

        def thaw() -> None:
            with suppress(psutil.NoSuchProcess):
                broker.resume()

        return thaw

    def _lose(self, blow: Blow) -> Undo | None:
        with connect(broker_url(self._data_dir), answer_timeout_s=_ANSWER_S) as client:
            try:
                LOSSES[blow.kind](client, blow.chance)
            except (RedisError, OSError):
                return None
        return _nothing

    def _slow_disk(self) -> Undo:
        self._preload.slow_disk()
        return self._preload.fast_disk

    def _set_clock(self, blow: Blow) -> Undo:
        self._preload.set_clock(pick(_CLOCKS_S, blow.chance))
        return lambda: self._preload.set_clock(0)

    def _fill_disk(self) -> Undo:
        self._disk.fill()
        return self._disk.free

    def _lock(self, blow: Blow) -> Undo | None:
        """Hold the writer's place of one of the databases."""
        names = (*NAMES, "links", "control")
        file = self._data_dir / f"{pick(names, blow.chance)}.db"
        database = sqlite3.connect(f"file:{file}?mode=rw", uri=True, timeout=0.2, isolation_level=None)
        try:
            database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            database.close()
            return None
        return database.close


def _one_of(parts: list[Part], blow: Blow) -> Part | None:
    running = [part for part in parts if part.pid is not None]
    return pick(running, blow.chance) if running else None


def _kill(part: Part | None) -> Undo | None:
    return _nothing if part is not None and part.kill() else None


def _is_killed(broker: psutil.Process) -> bool:
    """Kill the server; False when somebody else was faster."""
    try:
        broker.kill()
    except psutil.NoSuchProcess:
        return False
    return True


def _freeze(part: Part | None) -> Undo | None:
    if part is None or not part.send(signal.SIGSTOP):
        return None
    pid = part.pid

    def thaw() -> None:
        if part.pid == pid:
            part.send(signal.SIGCONT)

    return thaw
