"""What workers say of themselves, twice a second; who is silent for some seconds is taken for gone."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from core.consuming.control_tables import heartbeats
from core.storage.database import Database
from core.storage.upsert import insert_for

#: A worker speaks this often, in seconds.
BEAT_S = 0.5
#: A worker that was silent for longer is taken for gone, in seconds.
SILENCE_S = 3.0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a worker last said of one consumer."""

    worker_id: str
    consumer: str
    host: str
    pid: int
    started_at: float
    heard_at: float
    memory_bytes: int
    paused: bool
    obeyed_version: int
    error: str | None


class Heartbeats:
    """The heartbeats of one installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def beat(self, beats: Sequence[Heartbeat]) -> None:
        """Say how the consumers of one worker are; forgets workers that have been silent for long."""
        with self._database.transaction() as db:
            statement = insert_for(db, heartbeats)
            changes = {
                name: statement.excluded[name]
                for name in ("heard_at", "memory_bytes", "paused", "obeyed_version", "error")
            }
            rows = [{name: getattr(beat, name) for name in Heartbeat.__slots__} for beat in beats]
            db.execute(
                statement.on_conflict_do_update(index_elements=["worker_id", "consumer"], set_=changes), rows
            )
            db.execute(delete(heartbeats).where(heartbeats.c.heard_at < time.time() - 20 * SILENCE_S))

    def end(self, worker_id: str) -> None:
        """Take back what a worker said: it has ended in order."""
        with self._database.transaction() as db:
            db.execute(delete(heartbeats).where(heartbeats.c.worker_id == worker_id))

    def all(self) -> list[Heartbeat]:
        """Read what every worker said last, the silent ones too."""
        with self._database.reading() as db:
            return [Heartbeat(**row._mapping) for row in db.execute(select(heartbeats))]

    def ages(self) -> dict[str, float]:
        """Give how long ago, in seconds, somebody said last that they run a consumer; by consumer."""
        statement = select(heartbeats.c.consumer, func.max(heartbeats.c.heard_at)).group_by(
            heartbeats.c.consumer
        )
        with self._database.reading() as db:
            now = time.time()
            return {consumer: now - heard_at for consumer, heard_at in db.execute(statement)}

    def live(self) -> list[Heartbeat]:
        """Read the heartbeats of all workers that have spoken lately."""
        with self._database.reading() as db:
            rows = db.execute(select(heartbeats).where(heartbeats.c.heard_at > time.time() - SILENCE_S))
            return [Heartbeat(**row._mapping) for row in rows]
