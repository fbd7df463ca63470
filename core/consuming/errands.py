"""Does what operators have requested in a consumer's database, and says what came of it."""

import logging
import queue
from collections.abc import Sequence

from sqlalchemy import delete, select, update

from core.consuming.applier import Means
from core.consuming.contract import Answer, Obliging
from core.consuming.dead_letters import discard, revive
from core.consuming.giving_up import give_up
from core.consuming.ownership import Ownership
from core.consuming.requests import Request
from core.consuming.tables import (
    dead_letters,
    failed_attempts,
    in_hand,
    inbox,
    parked,
    parked_keys,
    watermarks,
)
from core.errors import OwnershipLost, StoreUnavailable

log = logging.getLogger(__name__)

#: What is told of an error.
_SENTENCE_CHARACTERS = 500
_REBUILDING = "Emptied; it applies all events again from the first one on."
_NOT_KEPT = "Refused: the outbox has removed old events (retention), and a rebuild would lose their effects."
_NOT_OURS = "Refused: it is not one of our events, so it is never applied. It can be discarded."
_DECIDED = "There is no such dead letter any more: somebody has decided about it."
#: What changes who owns a partition.
_HAND_OVER = ("release", "take over")


class Errands:
    """The requests of one consumer in one worker: asked for by the worker's thread, done by the loop's."""

    def __init__(self, means: Means, ownership: Ownership) -> None:
        self._means, self._ownership = means, ownership
        self._asked: tuple[Request, ...] = ()
        #: What came of them, to be fetched by the worker, by their numbers.
        self.outcomes: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self._done: set[int] = set()

    def ask(self, requests: Sequence[Request]) -> None:
        """Tell it what is waiting; may be called again and again with the same."""
        self._asked = tuple(requests)
        self._done &= {request.request_id for request in requests}

    def do(self) -> bool:
        """Do what concerns partitions that are owned here; tells whether a rebuild was among it.

        Raises:
            OwnershipLost: what is owned has to be read again; what could not be done stays to be done.
            StoreUnavailable: the rest stays to be done.
        """
        rebuilt, moved = False, False
        for request in self._asked:
            if request.request_id not in self._done and self._concerns_us(request):
                answer = self._answer(request)
                self.outcomes.put((request.request_id, answer))
                self._done.add(request.request_id)
                rebuilt |= answer.done and request.act == "rebuild"
                moved |= answer.done and _begins_again(request)
        if moved and not rebuilt:
            raise OwnershipLost(
                f"{self._means.consumer.name} reads again what it owns, as an operator wants."
            )
        return rebuilt

    def _concerns_us(self, request: Request) -> bool:
        holdings = self._means.holdings
        if request.act == "rebuild" or self._is_its_own(request):
            return 0 in holdings
        if request.act in _HAND_OVER:
            return self._is_addressed(request)
        if request.partition is None:
            return request.argument in self._means.parking.keys
        return request.partition in holdings and not self._is_too_early(request)

    def _is_its_own(self, request: Request) -> bool:
        """Whether it is one of the consumer's own errands."""
        consumer = self._means.consumer
        return isinstance(consumer, Obliging) and request.act in consumer.errands

    def _is_addressed(self, request: Request) -> bool:
        """Whether it names this worker, or one that is gone: then the partition's owner says so."""
        if request.argument == self._means.inbox.worker:
            return True
        return request.partition in self._means.holdings and request.argument not in self._ownership.others()

    def _is_too_early(self, request: Request) -> bool:
        """Whether something has to come first.

        A dead letter is tried again once it was its turn. The later events of a key go on once the event has come that
        replaces its dead letter.
        """
        place = (request.partition or 0, request.position or 0)
        if request.act == "retry":
            return place[1] > self._means.holdings[place[0]].position
        if request.act != "discard" or request.argument is None:
            return False
        return self._means.parking.lacks(request.argument, in_place_of=place)

    def _answer(self, request: Request) -> Answer:
        """Do one; what can't be done must not keep the consumer from its events."""
        try:
            return self._do(request)
        except (OwnershipLost, StoreUnavailable):
            raise
        except Exception as error:
            log.exception("%s could not %s", self._means.consumer.name, request.act)
            return Answer(f"Failed: {type(error).__name__}: {error}"[:_SENTENCE_CHARACTERS], done=False)

    def _do(self, request: Request) -> Answer:
        match request.act:
            case "retry" | "discard":
                return self._decide(request)
            case "retry now":
                if self._means.parking.retry_at_once(request.argument or ""):
                    return Answer("It is tried now.")
                return Answer("Nothing of this link waits for an attempt.", done=False)
            case "dead-letter":
                return give_up(self._means, request)
            case "release" | "take over":
                return self._hand_over(request)
            case "rebuild":
                return self._rebuild()
            case _ if self._is_its_own(request):
                return self._oblige(request)
            case other:
                return Answer(f"This worker does not know how to {other}.", done=False)

    def _decide(self, request: Request) -> Answer:
        means = self._means
        number, position = request.partition or 0, request.position or 0
        if request.act == "retry" and position < 0:
            return Answer(_NOT_OURS, done=False)
        holding = means.holdings[number]
        with means.inbox.effect({number: holding.position}, {number: holding}) as db:
            if request.act == "retry":
                event = revive(db, number, position, by=request.by, why=request.why)
                key = None if event is None else means.parking.put_back(db, event)
            else:
                event = discard(
                    db, number, position, by=request.by, why=request.why, replaced_by=request.argument
                )
                key = (
                    None
                    if event is None
                    else means.parking.go_on(db, event.link_id, number, holds=means.holds)
                )
        if event is None:
            return Answer(_DECIDED, done=False)
        means.parking.keep(event.link_id, key)
        return Answer("It is tried again." if request.act == "retry" else "Discarded.")

    def _hand_over(self, request: Request) -> Answer:
        number, me = request.partition or 0, self._means.inbox.worker
        if request.argument != me:
            return Answer(f"Nothing was done: {request.argument} does not run it any more.", done=False)
        if request.act == "take over":
            before = self._ownership.take_over(number)
            if before == me:
                return Answer("It was here already; its state is read again.")
            return Answer("Taken; nobody owned it." if before is None else f"Taken over from {before}.")
        takers = self._ownership.give_up(number)
        if takers is None:
            return Answer("Nothing was done: it has another owner by now.", done=False)
        if not takers:
            return Answer("Given up and taken again: nobody else runs it.")
        to = next(iter(takers)) if len(takers) == 1 else "the other workers"
        return Answer(f"Given up to {to}.")

    def _oblige(self, request: Request) -> Answer:
        """Let the consumer do one of its own, in a transaction like those of its effects; its helper hears of it."""
        means, consumer = self._means, self._means.consumer
        assert isinstance(consumer, Obliging)
        holding = means.holdings[0]
        with means.inbox.effect({0: holding.position}, {0: holding}) as db:
            answer = consumer.oblige(request.act, request.argument or "", db)
        means.committed.set()
        return answer

    def _rebuild(self) -> Answer:
        """Empty the consumer's tables and begin at the first event again; whoever owns a partition loses it.

        What operators have discarded stays discarded.
        """
        means = self._means
        if not self._is_everything_kept():
            return Answer(_NOT_KEPT, done=False)
        own = reversed(means.consumer.tables.sorted_tables)
        with means.inbox.database.transaction() as db:
            for table in (*own, inbox, failed_attempts, parked, parked_keys):
                db.execute(delete(table))
            db.execute(delete(dead_letters).where(dead_letters.c.state != "discarded"))
            db.execute(update(in_hand).values(upto=0, alone=0, strikes=0))
            again = {"position": 0, "owner": None, "commits": watermarks.c.commits + 1}
            db.execute(update(watermarks).values(epoch=watermarks.c.epoch + 1, **again))
        return Answer(_REBUILDING)

    def _is_everything_kept(self) -> bool:
        """Whether the outbox has all that the consumer has dealt with, in the partitions of other workers, too."""
        with self._means.inbox.database.reading() as db:
            reached = db.execute(select(watermarks.c.partition, watermarks.c.position)).all()
        for number, position in reached:
            first = self._means.archive.read(number, after=0, limit=1)
            if (first[0].position if first else position + 1) > 1:
                return False
        return True


def _begins_again(request: Request) -> bool:
    """Whether a request changes who owns a partition, or passes an event by that may be in hand."""
    is_in_hand = request.act == "dead-letter" and request.position is not None
    return is_in_hand or request.act in _HAND_OVER
