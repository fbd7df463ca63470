"""Dead letters and waiting keys as they stand in the consumers' databases. Only read here: a worker alone writes there."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, inspect, select

from core.consuming.event_rows import EVENT_COLUMNS, event_of
from core.consuming.tables import dead_letters, parked, parked_keys
from core.events.envelope import Event
from core.events.tracing import trace_id
from core.operating.installation import Installation
from core.operating.open_books import OpenBooks

#: The last place that a traceback names: where the error was raised.
_PLACE = re.compile(r'^ *File "([^"]+)", line (\d+), in (\S+)', re.MULTILINE)
_CAUSE_CHARACTERS = 120
#: What a dead letter has beside its event, in the order of `DeadLetter`.
_OWN = (
    "error_class error traceback attempts first_failed_at last_failed_at worker state retries "
    "decided_by decided_at why replaced_by"
).split()


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that a consumer has given up on; times in Unix seconds."""

    consumer: str
    event: Event
    #: "poison", "crash" or "foreign".
    error_class: str
    error: str
    traceback: str
    attempts: int
    first_failed_at: float
    last_failed_at: float
    worker: str
    #: "dead"; "retrying" (parked again); "applied" (the retry succeeded); "discarded" (given up for good).
    state: str
    #: How often operators have had it tried again.
    retries: int
    decided_by: str | None
    decided_at: float | None
    why: str | None
    #: The event that an operator published in its place.
    replaced_by: str | None

    @property
    def place(self) -> str:
        """Partition and position, which name it within its consumer."""
        return f"{self.event.partition}/{self.event.position}"

    @property
    def trace_id(self) -> str:
        """The trace of the act that the event came from, or ""."""
        return trace_id(self.event.traceparent)

    @property
    def cause(self) -> str:
        """What equal failures have in common."""
        return cause_of(self.error, self.traceback)


@dataclass(frozen=True, slots=True)
class WaitingKey:
    """A link whose events wait in a consumer, since its first one failed; times in Unix seconds."""

    consumer: str
    link_id: str
    partition: int
    #: "transient", "poison", "crash", or "held" (behind a dead letter).
    error_class: str
    error: str
    attempts: int
    strikes: int
    first_failed_at: float
    last_failed_at: float
    #: None = not before an operator decides.
    next_attempt_at: float | None
    #: How many of its events wait.
    events: int = 0
    #: The position of the event that is tried first; None = none waits any more.
    first: int | None = None

    @property
    def is_held(self) -> bool:
        """Whether it waits behind a dead letter, so that only a decision about that lets it go on."""
        return self.error_class == "held"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant: those to which all of it applies; None = whatever."""

    consumer: str | None = None
    link_id: str | None = None
    #: A part of the cause or of the error's text, whatever its case.
    cause: str | None = None
    error_class: str | None = None
    #: The last failure was at this time or later, in Unix seconds.
    since: float | None = None
    event_id: str | None = None
    #: Partition and position.
    place: tuple[int, int] | None = None
    #: One of the states of a dead letter, or "all".
    state: str = "dead"

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it down."""
        return replace(self, state="dead") == Selection()


def cause_of(error: str, traceback: str) -> str:
    """Give the error's kind and the place where it was raised, such as `ValueError at shop/till.py:12 in add`.

    The text of an error often names the very event; without a traceback its first line has to do.
    """
    first = error.strip().split("\n", 1)[0]
    places = _PLACE.findall(traceback)
    if not places:
        return first[:_CAUSE_CHARACTERS]
    file, line, function = places[-1]
    short = "/".join(re.split(r"[/\\]", file)[-2:])
    return f"{first.split(':', 1)[0]} at {short}:{line} in {function}"[:_CAUSE_CHARACTERS]


class DeadLetterRows:
    """Reads the databases of one installation's consumers: those kept open, or else what each call opens."""

    def __init__(self, installation: Installation, books: OpenBooks | None = None) -> None:
        self._installation, self._books = installation, books

    def letters(self, consumers: Iterable[str], selection: Selection) -> list[DeadLetter]:
        """Read the selected dead letters of some consumers, in the order of their positions.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        return list(self.each(consumers, selection))

    def each(self, consumers: Iterable[str], selection: Selection) -> Iterator[DeadLetter]:
        """Read the same one after the other, for whoever does not keep all of them.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        part = None if selection.cause is None else selection.cause.casefold()
        for consumer in consumers:
            if selection.consumer in (None, consumer):
                for letter in self._of(consumer, selection):
                    if part is None or part in letter.cause.casefold() or part in letter.error.casefold():
                        yield letter

    def keys(self, consumers: Iterable[str]) -> list[WaitingKey]:
        """Read the keys that wait in some consumers, those that wait longest first.

        Raises:
            StoreUnavailable: a consumer's database can't be read now.
        """
        names = list(WaitingKey.__slots__)[1:-2]
        columns = [parked_keys.c[name] for name in names]
        count = select(func.count()).where(parked.c.link_id == parked_keys.c.link_id).scalar_subquery()
        statement = select(*columns, count.label("events"), first_waiting())
        found: list[WaitingKey] = []
        for consumer in consumers:
            with self.reading(consumer) as db:
                if db is not None:
                    found += [WaitingKey(consumer=consumer, **row._mapping) for row in db.execute(statement)]
        return sorted(found, key=lambda key: key.first_failed_at)

    @contextmanager
    def reading(self, consumer: str) -> Iterator[Connection | None]:
        """Read a consumer's database; gives None where no worker has made its tables yet.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        if self._books is not None:
            with self._books.reading(consumer, dead_letters.name) as db:
                yield db
            return
        settings = self._installation.settings
        if settings.database is None and not (settings.data_dir / f"{consumer}.db").exists():
            yield None
            return
        database = self._installation.open_database(consumer)
        try:
            with database.reading() as db:
                yield db if inspect(db).has_table(dead_letters.name) else None
        finally:
            database.close()

    def _of(self, consumer: str, selection: Selection) -> Iterator[DeadLetter]:
        names = (*EVENT_COLUMNS, *_OWN)
        statement = (
            select(*(dead_letters.c[name] for name in names))
            .where(*_conditions(selection))
            .order_by(dead_letters.c.partition, dead_letters.c.position)
        )
        with self.reading(consumer) as db:
            if db is not None:
                for row in db.execute(statement):
                    yield _letter(consumer, row)


def _conditions(selection: Selection) -> list[ColumnElement[bool]]:
    columns = dead_letters.c
    conditions = []
    for name in ("link_id", "error_class", "event_id"):
        value = getattr(selection, name)
        if value is not None:
            conditions.append(columns[name] == value)
    if selection.state != "all":
        conditions.append(columns.state == selection.state)
    if selection.since is not None:
        conditions.append(columns.last_failed_at >= selection.since)
    if selection.place is not None:
        partition, position = selection.place
        conditions += [columns.partition == partition, columns.position == position]
    return conditions


def _letter(consumer: str, row: Sequence[Any]) -> DeadLetter:
    return DeadLetter(consumer, event_of(row), *row[len(EVENT_COLUMNS) :])


def first_waiting() -> ColumnElement[int | None]:
    """Give the position of a parked key's first event, in the order of `Parking.events`, as a column of `WaitingKey`."""
    order = (parked.c.origin.is_(None), parked.c.position)
    same_link = parked.c.link_id == parked_keys.c.link_id
    return (
        select(parked.c.position).where(same_link).order_by(*order).limit(1).scalar_subquery().label("first")
    )
