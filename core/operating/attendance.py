"""Who runs the consumers, as far as it can be told: workers say so in the control database, which may be locked."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.consuming.heartbeats import SILENCE_S, Heartbeats
from core.errors import DatabaseDamaged, StoreUnavailable
from core.storage.database import Database
from core.storage.sqlite_files import try_writing

NOT_YET = "noted; not done yet"
NOBODY = "noted; no worker runs it now, so it is done when one does"
#: How long others' transactions may take, in seconds; who holds the lock for longer keeps workers from speaking.
_LOCK_S = 0.2
UNREAD = "noted; who runs it could not be read, since the control database is locked or away"


@dataclass(frozen=True, slots=True)
class Attendance:
    """Who was there at one moment."""

    #: How long ago the consumers' workers were heard of, in seconds, by consumer; those that took leave are left out.
    ages: Mapping[str, float]
    #: Whether workers were kept from saying that they are there; then silence means nothing.
    is_deaf: bool = False

    def is_served(self, consumer: str) -> bool:
        """Whether a worker has just said that it runs a consumer."""
        return self.ages.get(consumer, SILENCE_S) < SILENCE_S

    def may_answer(self, consumer: str) -> bool:
        """Whether somebody may be at work on what was asked of a consumer, so that an answer is worth waiting for."""
        return self.is_deaf or self.is_served(consumer)

    def words(self, consumer: str) -> str:
        """Say what becomes of a wish that nobody has answered yet."""
        if self.is_served(consumer):
            return NOT_YET
        if self.is_deaf:
            return UNREAD
        if consumer in self.ages:
            return f"noted; its worker was last heard of {self.ages[consumer]:.0f} s ago, so it is done when one is there"
        return NOBODY


def attendance(control: Database) -> Attendance:
    """Look who is there; where somebody is silent, also whether the control database could be written at all."""
    ages: Mapping[str, float] = {}
    try:
        ages = Heartbeats(control).ages()
        everybody_speaks = bool(ages) and max(ages.values()) < SILENCE_S
        if not everybody_speaks and control.file is not None:
            try_writing(control.file, wait_s=_LOCK_S)
    except (StoreUnavailable, DatabaseDamaged):
        return Attendance(ages, is_deaf=True)
    return Attendance(ages)
