"""What operators want done once in a consumer's database; a worker that runs the consumer does it and says how it went."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select, update

from core.consuming.contract import Answer
from core.consuming.control_tables import requests
from core.consuming.controls import note
from core.storage.database import Database


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to do; `act` says what, the rest to which event, link or consumer."""

    request_id: int
    consumer: str
    act: str
    partition: int | None
    position: int | None
    argument: str | None
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Wish:
    """A request before it has a number."""

    consumer: str
    #: "retry" or "discard" (the dead letter at partition and position), "retry now" (a parked key), "dead-letter" (the event
    #: at partition and position, or, without a position, the first one of a parked key), "release" and "take over" (a
    #: partition), "rebuild", or one of the consumer's own errands, such as webhook's "call now".
    act: str
    partition: int | None = None
    position: int | None = None
    #: For "discard" the event that was published instead, if any; of a parked key the link; for "release" the worker that
    #: owns the partition, for "take over" the one that shall; for "call now" the endpoint's id.
    argument: str | None = None

    @property
    def words(self) -> str:
        """The act as the journal tells it."""
        match self.act:
            case "release":
                return f"release partition {self.partition} from {self.argument}"
            case "take over":
                return f"take over partition {self.partition} by {self.argument}"
            case "dead-letter" if self.argument is not None:
                return f"dead-letter link {self.argument}"
            case "call now":
                return f"call now {self.argument}"
            case _:
                return self.act if self.position is None else f"{self.act} {self.partition}/{self.position}"


class Requests:
    """The requests of one installation."""

    def __init__(self, control: Database) -> None:
        self._database = control

    def ask(self, wishes: Sequence[Wish], *, by: str, why: str) -> list[int]:
        """Write wishes down, all or none, each with its entry in the journal; gives their numbers."""
        now, numbers = time.time(), []
        with self._database.transaction() as db:
            for wish in wishes:
                values = {name: getattr(wish, name) for name in Wish.__slots__}
                statement = insert(requests).values(**values, by=by, why=why, requested_at=now)
                numbers.append(db.execute(statement.returning(requests.c.id)).scalar_one())
                note(db, by=by, act=wish.words, subject=wish.consumer, why=why)
        return numbers

    def waiting(self) -> list[Request]:
        """Read what nobody has done yet, the oldest first."""
        columns = [
            requests.c.id.label(name) if name == "request_id" else requests.c[name]
            for name in Request.__slots__
        ]
        statement = select(*columns).where(requests.c.done_at.is_(None)).order_by(requests.c.id)
        with self._database.reading() as db:
            return [Request(*row) for row in db.execute(statement)]

    def done(self, outcomes: Sequence[tuple[int, Answer]]) -> None:
        """Note what came of requests, by their numbers."""
        now = time.time()
        with self._database.transaction() as db:
            for number, answer in outcomes:
                values = {"done_at": now, "outcome": answer.sentence, "was_done": answer.done}
                db.execute(update(requests).where(requests.c.id == number).values(values))

    def outcomes(self, numbers: Sequence[int]) -> dict[int, Answer | None]:
        """Give what came of requests by number; None = nobody has answered yet."""
        columns = (requests.c.id, requests.c.outcome, requests.c.was_done)
        with self._database.reading() as db:
            rows = db.execute(select(*columns).where(requests.c.id.in_(numbers)))
            return {
                row.id: None if row.outcome is None else Answer(row.outcome, bool(row.was_done))
                for row in rows
            }
