"""Why something did not happen: gathers the facts of each event and consumer, and walks the ladder. It changes nothing.

The order of the reads makes the answers safe: first what was noted as published, then the broker, then the consumers, then
what was given. So whoever is quicker than the look is never taken for lost. Methods may block, and may be called from any
thread.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from core.errors import NotFound
from core.operating.faults.board import BROKER
from core.operating.installation import Installation
from core.operating.program import Program
from core.operating.why.answer import Answer, Rung
from core.operating.why.control_room import ControlFacts, read_control
from core.operating.why.explanation import Explained, Explanation
from core.operating.why.facts import (
    ConsumerFacts,
    EventFacts,
    Facts,
    GroupFacts,
    StreamFacts,
    Surroundings,
)
from core.operating.why.finding import TRACE_AMONG, Finder, Found, Kind, uuid_time
from core.operating.why.followings import read_endpoints
from core.operating.why.gathering import BrokerReading, ConsumerReading, ask_broker, ask_consumer
from core.operating.why.ladder import decide
from core.operating.why.words import counted, moment
from core.operating.worker_room import build_consumers

_DAY_S = 86_400


class Why:
    """Answers for one installation; each question opens what it needs and closes it again."""

    def __init__(
        self,
        installation: Installation,
        program: Program,
        relay_error: Callable[[], str | None],
        is_run: Callable[[], bool],
    ) -> None:
        """`relay_error` says why nothing is published, `is_run` whether anybody runs this installation."""
        self._installation = installation
        self._program = program
        self._relay_error = relay_error
        self._is_run = is_run
        self._finder = Finder(installation)
        self._handles: dict[str, frozenset[str]] = {}

    def ask(self, name: str, consumer: str | None = None) -> Explanation:
        """Explain a link (slug, address or id), an event or a trace, for one consumer or all.

        Raises:
            NotFound: no such consumer is registered.
            StoreUnavailable: the links or the control database can't be read now.
        """
        began, now = time.perf_counter(), time.time()
        control = read_control(self._installation.control, now)
        if consumer is not None and consumer not in control.registered:
            raise NotFound(
                f"There is no consumer {consumer[:80]!r}. There are: {', '.join(control.registered) or 'none'}."
            )
        names = tuple(control.registered) if consumer is None else (consumer,)
        found = self._finder.find(name, tuple(control.registered))
        explained = self._explain(found, control, names, now) if found.events else ()
        return Explanation(
            asked=name,
            kind=found.kind,
            link_id=found.link_id,
            slug=found.slug,
            events=explained,
            left_out=found.left_out,
            answer=None if explained else self._nothing(name, found, now),
            looked_at=now,
            took_ms=(time.perf_counter() - began) * 1000,
        )

    def _explain(
        self, found: Found, control: ControlFacts, names: tuple[str, ...], now: float
    ) -> tuple[Explained, ...]:
        broker = ask_broker(self._installation, found.events, names)
        endpoints = read_endpoints(self._installation.control) if "webhook" in names else ()
        readings = {
            name: ask_consumer(self._installation, name, found.events, endpoints, now) for name in names
        }
        given = self._finder.given()
        around = self._surroundings(broker, control, now)
        explained = []
        for one in found.events:
            event = replace(one, given=given[one.partition])
            near = replace(around, broker_error=broker.error_of(one))
            answers = {
                name: decide(
                    Facts(
                        event,
                        _stream(broker, event),
                        near,
                        self._consumer(name, event, control, broker, readings[name]),
                    )
                )
                for name in names
            }
            explained.append(Explained(event, answers))
        return tuple(explained)

    def _surroundings(self, broker: BrokerReading, control: ControlFacts, now: float) -> Surroundings:
        return Surroundings(
            now=now,
            is_run=self._is_run(),
            relay_error=self._relay_error(),
            broker_error=broker.error,
            broker_faults=control.faults.get(BROKER, ()),
            standstill=control.standstill,
            retention_days=self._installation.settings.retention_days,
        )

    def _consumer(
        self,
        name: str,
        event: EventFacts,
        control: ControlFacts,
        broker: BrokerReading,
        reading: ConsumerReading,
    ) -> ConsumerFacts:
        place, books = (event.partition, event.position), reading.books
        receipt = books.receipts.get(place)
        is_applied = receipt is not None and receipt.outcome != "ignored"
        return ConsumerFacts(
            name=name,
            handles=None if is_applied else self._types_of().get(name),
            registered_at=control.registered[name],
            unreadable=reading.error,
            receipt=receipt,
            letter=books.letters.get(place),
            waiting=books.waiting_of(event),
            progress=books.progress.get(event.partition),
            frozen_lock=reading.frozen_lock,
            alive=control.alive[name],
            last_heard=control.last_heard.get(name),
            pause=control.pauses.get(name),
            faults=control.faults.get(name, ()),
            group=_group(broker, event, name),
            webhook=reading.webhooks.get(event.event_id),
            image=reading.images.get(event.event_id),
        )

    def _types_of(self) -> Mapping[str, frozenset[str]]:
        """Give the types that each consumer reacts to; loading the consumers takes some time, once."""
        if not self._handles:
            self._handles = {
                consumer.name: frozenset(data.type_name for data in consumer.handles)
                for consumer in build_consumers(self._installation, self._program)
            }
        return self._handles

    def _nothing(self, name: str, found: Found, now: float) -> Answer:
        """Say why there is no event to explain."""
        days = self._installation.settings.retention_days
        if found.kind is Kind.LINK:
            return Answer(
                Rung.DELETED,
                f"The link is there; its events are older than {counted(days, 'day')} and were deleted after all consumers "
                "had dealt with them (retention).",
            )
        made_at = uuid_time(name)
        if made_at is not None and days and made_at < now - days * _DAY_S:
            return Answer(
                Rung.DELETED,
                f"Its id was made at {moment(made_at)}: events of that age are deleted after all consumers have dealt with "
                f"them (retention, {counted(days, 'day')}), or it was never committed.",
            )
        return Answer(
            Rung.NEVER_COMMITTED,
            "Nothing of this name was ever committed here: there is no link and no event of it, and no trace among the "
            f"newest {TRACE_AMONG:,} events.",
        )


def _stream(broker: BrokerReading, event: EventFacts) -> StreamFacts | None:
    entry = broker.entries.get((event.partition, event.position))
    return None if entry is None else StreamFacts(entry.first, entry.last, entry.is_there)


def _group(broker: BrokerReading, event: EventFacts, name: str) -> GroupFacts | None:
    entry = broker.entries.get((event.partition, event.position))
    group = None if entry is None else entry.groups.get(name)
    return None if group is None else GroupFacts(group.delivered, group.idle_s, group.deliveries)
