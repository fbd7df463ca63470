"""Who owns which partition, as operators change it: given up by its owner, or taken over by a worker of their choice.

Nothing here writes into a consumer's database: wishes go through the requests, and the workers do them. Methods may
block, and may be called from any thread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.consuming.controls import Controls
from core.consuming.heartbeats import Heartbeats
from core.consuming.requests import Requests, Wish
from core.consuming.tables import watermarks
from core.errors import InvalidInput, NotFound
from core.operating.actor import actor
from core.operating.attendance import attendance
from core.operating.installation import Installation
from core.operating.open_books import OpenBooks
from core.operating.outcomes import until

#: How long is waited for outcomes, in seconds: a worker looks twice a second who owns what.
PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Move:
    """A wish about one partition that was written down."""

    number: int
    consumer: str
    partition: int


@dataclass(frozen=True, slots=True)
class Moved:
    """What came of one wish."""

    consumer: str
    partition: int
    #: One sentence.
    outcome: str
    #: The worker that owns it now; None = nobody.
    owner: str | None
    failed: bool


class Partitions:
    """The partitions of one installation's consumers."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._control = installation.control
        self._controls = Controls(installation.control)
        self._requests = Requests(installation.control)
        self._heartbeats = Heartbeats(installation.control)
        self._books = books

    def workers(self, consumer: str) -> tuple[str, ...]:
        """Give the workers that run a consumer now.

        Raises:
            NotFound: there is no such consumer.
            StoreUnavailable: it can't be read now.
        """
        known = self._controls.registered()
        if consumer not in known:
            raise NotFound(
                f"There is no consumer {consumer[:80]!r}. There are: {', '.join(known) or 'none'}."
            )
        return tuple(sorted(beat.worker_id for beat in self._heartbeats.live() if beat.consumer == consumer))

    def owners(self, consumer: str) -> dict[int, str | None]:
        """Give the owner of each partition; nothing at all where no worker has made the consumer's tables yet.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        statement = select(watermarks.c.partition, watermarks.c.owner).order_by(watermarks.c.partition)
        with self._books.reading(consumer, watermarks.name) as db:
            return {} if db is None else {row.partition: row.owner for row in db.execute(statement)}

    def release(
        self, consumer: str, owners: Mapping[int, str | None], *, why: str = "", by: str | None = None
    ) -> list[Move]:
        """Ask owners, as they were seen, to give partitions up to other workers.

        Raises:
            NotFound: there is no such consumer.
            InvalidInput: a partition has no owner that could give it up. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        living = self.workers(consumer)
        for number, owner in owners.items():
            if owner not in living:
                whose = "Nobody owns it" if owner is None else f"{owner} was not heard of lately"
                text = f"Partition {number} of {consumer}: {whose}. Whoever runs the consumer takes it by itself."
                raise InvalidInput("partition", "no_owner", text)
        wishes = [Wish(consumer, "release", number, None, owner) for number, owner in owners.items()]
        return self._ask(wishes, why=why, by=by)

    def take_over(
        self, consumer: str, numbers: Sequence[int], worker: str, *, why: str = "", by: str | None = None
    ) -> list[Move]:
        """Ask a worker to own partitions, whoever owns them now.

        Raises:
            NotFound: there is no such consumer.
            InvalidInput: that worker does not run it now, or there is no such partition. Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        living = self.workers(consumer)
        if worker not in living:
            text = f"No worker {worker[:80]!r} runs {consumer} now. There are: {', '.join(living) or 'none'}."
            raise InvalidInput("worker", "no_worker", text)
        missing = [number for number in numbers if number not in self.owners(consumer)]
        if missing:
            raise InvalidInput("partition", "no_partition", f"{consumer} has no partition {missing[0]}.")
        return self._ask(
            [Wish(consumer, "take over", number, None, worker) for number in numbers], why=why, by=by
        )

    def outcomes(self, moves: Sequence[Move], *, within_s: float = PATIENCE_S) -> list[Moved]:
        """Give what came of each, in their order, once each is done and has an owner again, or time is up.

        Raises:
            StoreUnavailable: it can't be read now; the wishes stay noted.
        """
        found: list[Moved] = []
        until(lambda: self._look(moves, found), within_s)
        return found

    def _look(self, moves: Sequence[Move], found: list[Moved]) -> bool:
        """Look once, into `found`; tells whether nothing more is to be expected."""
        said = self._requests.outcomes([move.number for move in moves])
        owners = {consumer: self.owners(consumer) for consumer in {move.consumer for move in moves}}
        there = attendance(self._control)
        found.clear()
        for move in moves:
            owner, answer = owners[move.consumer].get(move.partition), said.get(move.number)
            text = there.words(move.consumer) if answer is None else answer.sentence
            failed = answer is not None and not answer.done
            found.append(Moved(move.consumer, move.partition, text, owner, failed))
        return all(
            not there.may_answer(move.consumer)
            or (said.get(move.number) is not None and moved.owner is not None)
            for move, moved in zip(moves, found, strict=True)
        )

    def _ask(self, wishes: Sequence[Wish], *, why: str, by: str | None) -> list[Move]:
        numbers = self._requests.ask(wishes, by=by or actor(), why=why)
        return [
            Move(number, wish.consumer, wish.partition or 0)
            for number, wish in zip(numbers, wishes, strict=True)
        ]
