"""What the registered consumers have dealt with: everything up to there may go, nothing behind it.

What can't be read counts as needed: a consumer that is out of reach keeps everything.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select

from core.consuming.controls import Controls
from core.consuming.tables import parked, watermarks
from core.errors import StoreUnavailable
from core.operating.installation import Installation
from core.operating.readings import ConsumerReadings
from core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Needs:
    """What one consumer needs, per partition."""

    #: The last position that it has dealt with; partitions that it never saw are left out.
    watermarks: Mapping[int, int]
    #: The oldest event that it keeps waiting.
    oldest_parked: Mapping[int, int]

    def floor(self, partition: int) -> int:
        """Give the position up to which the broker's copies are of no use to it."""
        return self.watermarks.get(partition, 0)

    def outbox_floor(self, partition: int) -> int:
        """Give the position up to which it needs no committed event any more."""
        floor = self.floor(partition)
        return min(floor, self.oldest_parked.get(partition, floor + 1) - 1)


class Floors:
    """Reads the needs of one installation's consumers; for one thread."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._controls = Controls(installation.control)
        self._readings: dict[str, _NeedsReading] = {}

    def needs(self) -> dict[str, Needs] | None:
        """Read what each registered consumer needs; None when that of any can't be known now.

        Raises:
            StoreUnavailable: not even the registered consumers can be read.
        """
        found = {}
        for name in self._controls.registered():
            if name not in self._readings:
                self._readings[name] = _NeedsReading(self._installation, name)
            needs = self._readings[name].needs()
            if needs is None:
                return None
            found[name] = needs
        return found

    def lowest(self) -> dict[int, int]:
        """Give, per partition, the position up to which every consumer has dealt with everything; empty when unknown.

        Raises:
            StoreUnavailable: as `needs`.
        """
        needs = self.needs()
        if not needs:
            return {}
        return {
            number: min(one.floor(number) for one in needs.values())
            for number in range(self._installation.settings.partitions)
        }

    def close(self) -> None:
        """Close the consumers' databases."""
        for reading in self._readings.values():
            reading.close()


def read_floor(installation: Installation) -> dict[int, int]:
    """Give what `Floors.lowest` gives, for those who seldom ask.

    Raises:
        StoreUnavailable: as `Floors.lowest`.
    """
    floors = Floors(installation)
    try:
        return floors.lowest()
    finally:
        floors.close()


_oldest_parked = select(parked.c.partition, func.min(parked.c.position)).group_by(parked.c.partition)
_watermarks = select(watermarks.c.partition, watermarks.c.position)


class _NeedsReading(ConsumerReadings):
    """One consumer's database, read again when somebody has written there."""

    _needs: tuple[Hashable, Needs] | None = None

    def needs(self) -> Needs | None:
        """Read what it needs; everything when it has never run, None when that can't be known now."""
        try:
            database = self._database()
            if database is None:
                return Needs({}, {})
            sign = database.sign()
            if sign is None or self._needs is None or self._needs[0] != sign:
                self._needs = (sign, _read_needs(database))
            return self._needs[1]
        except StoreUnavailable:
            return None


def _read_needs(database: Database) -> Needs:
    with database.reading() as db:
        return Needs(
            {row[0]: row[1] for row in db.execute(_watermarks)},
            {row[0]: row[1] for row in db.execute(_oldest_parked)},
        )
