"""What came of events outside the runtime's tables: webhooks and QR codes. Column names are the consumers' own."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Connection, Row, column, select, table

from core.errors import StoreUnavailable
from core.operating.open_books import OpenBooks

#: Databases limit the values in one statement; lists are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500
WEBHOOK, QR = "webhook", "qr"

_deliveries = table(
    "deliveries",
    *(
        column(name)
        for name in "delivery_id event_id url state next_attempt_at created_at finished_at".split()
    ),
)
_attempts = table(
    "attempts",
    *(column(name) for name in "delivery_id number started_at duration_ms status error response".split()),
)
_codes = table("codes", *(column(name) for name in ("link_id", "object_name", "drawn_at")))
_OK = range(200, 300)
#: So much of what a refusing endpoint said is worth a line, in characters.
_SAID_AT_MOST = 120
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call of an endpoint; times in Unix seconds."""

    number: int
    started_at: float
    ended_at: float
    #: The HTTP status; None = there was no answer.
    status: int | None
    error: str | None
    #: What the endpoint said, as far as it was kept.
    response: str = ""

    @property
    def is_accepted(self) -> bool:
        """Whether the endpoint took it."""
        return self.error is None and self.status in _OK

    @property
    def answer(self) -> str:
        """What came back, in a few words."""
        came = self.error or ("no answer" if self.status is None else f"HTTP {self.status}")
        said = "" if self.is_accepted else " ".join(self.response[:_SAID_AT_MOST].split())
        return f"{came}: {said}" if said else came


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook to one endpoint; times in Unix seconds."""

    event_id: str
    url: str
    #: "waiting", "delivered" or "exhausted".
    state: str
    next_attempt_at: float | None
    created_at: float
    finished_at: float | None
    attempts: tuple[Attempt, ...]


def deliveries_of(books: OpenBooks, event_ids: Collection[str]) -> dict[str, tuple[Delivery, ...]]:
    """Give the webhooks of some events; nothing of those that have none, or while they can't be read."""
    found: dict[str, list[Delivery]] = {}
    try:
        with books.reading(WEBHOOK, _deliveries.name, _attempts.name) as db:
            if db is not None:
                for piece in _pieces(event_ids):
                    for delivery in _read(db, piece):
                        found.setdefault(delivery.event_id, []).append(delivery)
    except StoreUnavailable:
        return {}
    return {event_id: tuple(deliveries) for event_id, deliveries in found.items()}


def drawn_at(books: OpenBooks, link_ids: Collection[str]) -> dict[str, float]:
    """Give when the QR codes of some links were drawn; nothing of those that have none, or while they can't be read."""
    found: dict[str, float] = {}
    try:
        with books.reading(QR, _codes.name) as db:
            if db is not None:
                for piece in _pieces(link_ids):
                    asked = select(_codes.c.link_id, _codes.c.drawn_at).where(_codes.c.link_id.in_(piece))
                    found.update({row.link_id: row.drawn_at for row in db.execute(asked)})
    except StoreUnavailable:
        return {}
    return found


def qr_object(books: OpenBooks, link_id: str) -> str | None:
    """Give the name of a link's QR code in the object store; None while there is none.

    Raises:
        StoreUnavailable: it can't be read now.
    """
    with books.reading(QR, _codes.name) as db:
        if db is None:
            return None
        name: str | None = db.scalar(select(_codes.c.object_name).where(_codes.c.link_id == link_id))
        return name


def _read(db: Connection, event_ids: list[str]) -> list[Delivery]:
    statement = select(_deliveries).where(_deliveries.c.event_id.in_(event_ids))
    rows = db.execute(statement.order_by(_deliveries.c.delivery_id)).all()
    attempts: dict[int, list[Attempt]] = {}
    for piece in _pieces([row.delivery_id for row in rows]):
        made = select(_attempts).where(_attempts.c.delivery_id.in_(piece)).order_by(_attempts.c.number)
        for row in db.execute(made):
            ended_at = row.started_at + row.duration_ms / 1000
            attempt = Attempt(row.number, row.started_at, ended_at, row.status, row.error, row.response)
            attempts.setdefault(row.delivery_id, []).append(attempt)
    return [_delivery(row, attempts.get(row.delivery_id, ())) for row in rows]


def _delivery(row: Row[tuple[object, ...]], attempts: Iterable[Attempt]) -> Delivery:
    return Delivery(
        event_id=row.event_id,
        url=row.url,
        state=row.state,
        next_attempt_at=row.next_attempt_at,
        created_at=row.created_at,
        finished_at=row.finished_at,
        attempts=tuple(attempts),
    )


def _pieces(values: Collection[_T]) -> Iterable[list[_T]]:
    listed = list(values)
    return (listed[start : start + _LOOK_UP_AT_ONCE] for start in range(0, len(listed), _LOOK_UP_AT_ONCE))
