"""How the broker is, asked often while there is work and once a second while there is none."""

import time

from core.broker.client import without_password
from core.broker.facts import BrokerFacts
from core.broker.streams import GroupPosition, Streams
from core.errors import BrokerUnavailable
from core.operating.snapshot import BrokerHealth, BrokerState

#: Rest between questions while nothing happens, in seconds.
_IDLE_REST_S = 1.0
#: Rest after no answer, in seconds: a frozen broker must not make all other figures old.
_DOWN_REST_S = 2.0
#: Longest wait for an answer, in seconds.
ANSWER_S = 1.0


class BrokerWatch:
    """Asks one broker."""

    def __init__(self, streams: Streams, url: str, *, embedded: bool) -> None:
        self._streams = streams
        self._address = "embedded" if embedded else without_password(url)
        self._asked_at = self._facts_at = float("-inf")
        self._facts: BrokerFacts | None = None
        self._groups: dict[int, dict[str, GroupPosition]] | None = None
        self._waiting: str | None = None
        self._health: BrokerHealth | None = None

    def look(self, *, expected: bool, busy: bool) -> BrokerHealth:
        """Give the broker's health; `expected` = somebody should be running it."""
        now = time.monotonic()
        if self._health is None or now - self._asked_at >= self._rest(busy):
            self._health = self._ask(expected)
            self._asked_at = time.monotonic()
        return self._health

    def _rest(self, busy: bool) -> float:
        if self._health is not None and self._health.state is BrokerState.DOWN:
            return _DOWN_REST_S
        return 0.0 if busy else _IDLE_REST_S

    def in_flight(self, group: str) -> int | None:
        """Count what the group was given and has not acknowledged, by the last answer; None = unknown."""
        if self._groups is None or self._waiting:
            return None
        return sum(groups[group].pending for groups in self._groups.values() if group in groups)

    def _ask(self, expected: bool) -> BrokerHealth:
        began = time.perf_counter()
        try:
            self._groups = self._streams.all_groups()
            self._waiting = self._streams.why_waiting()
            if self._facts is None or time.monotonic() - self._facts_at >= _IDLE_REST_S:
                self._facts = self._streams.facts()
                self._facts_at = time.monotonic()
        except BrokerUnavailable as error:
            self._groups = self._facts = None
            if not expected:
                return BrokerHealth(BrokerState.STOPPED, self._address)
            return BrokerHealth(BrokerState.DOWN, self._address, error=str(error))
        facts = self._facts
        return BrokerHealth(
            state=BrokerState.REFUSING if facts.refuses else BrokerState.READY,
            address=self._address,
            version=facts.version,
            memory_bytes=facts.memory_bytes,
            memory_limit_bytes=facts.memory_limit_bytes or None,
            error=f"The broker takes no writes: {facts.refuses}." if facts.refuses else self._waiting,
            answered_in_ms=(time.perf_counter() - began) * 1000,
        )
