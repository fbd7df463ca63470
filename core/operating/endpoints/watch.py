"""Notices endpoints that fail for a while. It asks only when somebody has committed to webhook's tables, and seldom then."""

import time
from collections.abc import Hashable

from sqlalchemy import Connection, select

from core.consuming.control_tables import endpoints
from core.errors import StoreUnavailable
from core.operating.endpoints.failing import FailingEndpoint
from core.operating.endpoints.rows import (
    AT_MOST,
    WEBHOOK,
    LastAnswer,
    answers,
    deliveries,
    off_of,
    read_failing,
    read_waiting,
)
from core.operating.readings import ConsumerReadings
from core.storage.database import Database

#: An endpoint that has accepted nothing for so long is told of, in seconds. The second attempt comes after 5 s, the third
#: after 5 minutes: what passes by itself between the first two is nobody's trouble.
FAILING_S = 60.0
#: One failure is an accident.
_FAILURES = 2
#: However often somebody commits, it is not looked more often, in seconds.
_LOOK_S = 1.0
#: So many are told of.
_TOLD_AT_MOST = 20


class EndpointWatch:
    """Watches the endpoints of one installation; one thread at a time looks."""

    def __init__(self, control: Database) -> None:
        self._control = control
        self._last: tuple[FailingEndpoint, ...] = ()
        self._sign: Hashable | None = None
        #: Whether some endpoint fails, perhaps not for long enough yet: then time alone changes what is told.
        self._fails = False
        self._looked_at = 0.0

    def look(self, readings: ConsumerReadings | None) -> tuple[FailingEndpoint, ...]:
        """Give those that fail, the longest failing first; what can't be read now stays as it was.

        `readings` are webhook's, whose progress was just read.
        """
        if readings is None or not self._is_due(readings.sign):
            return self._last
        self._sign, self._looked_at = readings.sign, time.monotonic()
        try:
            with readings.reading(deliveries.name, answers.name) as db:
                self._last = () if db is None else self._read(db)
        except StoreUnavailable:
            self._sign = None
        return self._last

    def _is_due(self, sign: Hashable | None) -> bool:
        if time.monotonic() - self._looked_at < _LOOK_S:
            return False
        return self._fails or sign is None or sign != self._sign

    def _read(self, db: Connection) -> tuple[FailingEndpoint, ...]:
        now = time.time()
        found = list(read_failing(db, since=now))
        urls = self._in_use() if found else {}
        failing = [(name, last) for name, last in found if name in urls]
        self._fails = bool(failing)
        told = [
            (name, last)
            for name, last in failing
            if last.failures >= _FAILURES and (last.failing_since or now) <= now - FAILING_S
        ]
        return tuple(
            _failing(name, urls[name], last, *read_waiting(db, name)) for name, last in told[:_TOLD_AT_MOST]
        )

    def _in_use(self) -> dict[str, str]:
        """Give those that are to be called, with their addresses: one that is switched off is nobody's trouble."""
        columns = (endpoints.c.endpoint_id, endpoints.c.url, endpoints.c.switches)
        with self._control.reading() as db:
            rows = db.execute(select(*columns).where(endpoints.c.removed_at.is_(None)).limit(AT_MOST))
            return {row.endpoint_id: row.url for row in rows if off_of(row.switches) is None}


def _failing(name: str, url: str, last: LastAnswer, waiting: int, next_at: float | None) -> FailingEndpoint:
    return FailingEndpoint(
        consumer=WEBHOOK,
        endpoint_id=name,
        url=url,
        answer=last.words,
        failing_since=last.failing_since or last.answered_at,
        failures=last.failures,
        waiting=waiting,
        next_attempt_at=next_at,
    )
