"""Gives an event up because an operator says so: a dead letter at once, whatever attempts were left.

What it had failed by is kept. Later events of its key wait behind it or go on, as with any other dead letter.
"""

import time

from sqlalchemy import select

from core.consuming.applier import Means
from core.consuming.contract import Answer
from core.consuming.dead_letters import bury, discarded
from core.consuming.failure import ErrorClass, Failure, given_up
from core.consuming.parked import ParkedKey
from core.consuming.requests import Request
from core.consuming.runs import FILL_AT_ONCE, fill
from core.consuming.tables import dead_letters, parked, parked_keys
from core.events.envelope import Event


def give_up(means: Means, request: Request) -> Answer:
    """Give up what a request names, the first event of a key or the one at a place; says what came of it.

    Raises:
        OwnershipLost, StoreUnavailable: nothing was changed.
    """
    if request.position is None:
        return _give_up_first(means, request, request.argument or "")
    number, position = request.partition or 0, request.position
    if position <= means.holdings[number].position:
        return _give_up_parked(means, request, number, position)
    return _give_up_early(means, request, number, position)


def _give_up_first(means: Means, request: Request, link_id: str) -> Answer:
    key = means.parking.keys.get(link_id)
    head = [] if key is None else means.parking.events(link_id, 1)
    if key is None or not head:
        return Answer("Nothing of this link waits any more.", done=False)
    if key.error_class is ErrorClass.HELD:
        return Answer(
            "Refused: its events wait behind a dead letter already. Decide about that one.", done=False
        )
    failure = given_up(
        key.error if key.attempts else "",
        _traceback(means, key),
        key.attempts,
        by=request.by,
        why=request.why,
    )
    holding = means.holdings[key.partition]
    means.parking.give_up(key, head[0].event, failure, key.attempts, holding, holds=means.holds)
    return _given_up(means, link_id)


def _give_up_parked(means: Means, request: Request, number: int, position: int) -> Answer:
    """Give up an event that its watermark has passed: only the first one of a key that waits."""
    place = (parked.c.partition == number, parked.c.position == position)
    with means.inbox.database.reading() as db:
        link_id = db.scalar(select(parked.c.link_id).where(*place))
    if link_id is None:
        return _done_before(means, number, position)
    head = means.parking.events(link_id, 1)
    if not head or head[0].event.position != position:
        return Answer(
            "Refused: it waits behind an earlier event of its link. Decide about that one.", done=False
        )
    return _give_up_first(means, request, link_id)


def _done_before(means: Means, number: int, position: int) -> Answer:
    """Say what became of an event that waits no more: a worker that died may have done this very request."""
    place = (dead_letters.c.partition == number, dead_letters.c.position == position)
    given = (dead_letters.c.state == "dead", dead_letters.c.error_class == ErrorClass.OPERATOR.value)
    with means.inbox.database.reading() as db:
        link_id = db.scalar(select(dead_letters.c.link_id).where(*place, *given))
    if link_id is None:
        return Answer("Nothing was done: it has been dealt with meanwhile.", done=False)
    return _given_up(means, link_id)


def _give_up_early(means: Means, request: Request, number: int, position: int) -> Answer:
    """Give up an event that is in hand or still to come: nobody has committed it, and it is passed by when it comes."""
    holding = means.holdings[number]
    count = position - holding.position
    if count > FILL_AT_ONCE:
        return Answer(f"Refused: {count - 1:,} earlier events of its partition come first.", done=False)
    with means.inbox.database.reading() as db:
        gone = discarded(db, number, after=holding.position)
    if position in gone:
        return Answer("Nothing was done: it is a dead letter already, or was discarded.", done=False)
    *earlier, event = fill(means.archive, number, after=holding.position, count=count)
    if not means.inbox.is_ours(event):
        return Answer("Refused: the consumer does not react to it, and passes it by.", done=False)
    if event.link_id in means.parking.keys or any(
        one.link_id == event.link_id and one.position not in gone and means.inbox.is_ours(one)
        for one in earlier
    ):
        return Answer("Refused: an earlier event of its link comes first. Decide about that one.", done=False)
    strikes = _strikes(means, event)
    failure = given_up("", "", strikes, by=request.by, why=request.why)
    if earlier:
        _bury_ahead(means, event, failure, strikes)
    else:
        means.parking.give_up_at_once(event, failure, strikes, holding, holds=means.holds)
    return _given_up(means, event.link_id)


def _bury_ahead(means: Means, event: Event, failure: Failure, strikes: int) -> None:
    """Make an event a dead letter whose turn has not come; the watermark stays where it is."""
    number, link_id = event.partition, event.link_id
    holding = means.holdings[number]
    with means.inbox.effect({number: holding.position}, {number: holding}) as db:
        now, worker = time.time(), means.inbox.worker
        bury(db, event, failure, attempts=strikes, first_failed_at=now, worker=worker)
        after = means.parking.go_on(db, link_id, number, holds=means.holds)
    means.parking.keep(link_id, after)


def _strikes(means: Means, event: Event) -> int:
    """Give how many processes have died of an event alone."""
    found = means.inbox.was_in_hand(event.partition)
    return found.strikes if found.alone == event.position else 0


def _traceback(means: Means, key: ParkedKey) -> str:
    with means.inbox.database.reading() as db:
        found = db.scalar(select(parked_keys.c.traceback).where(parked_keys.c.link_id == key.link_id))
    return found or ""


def _given_up(means: Means, link_id: str) -> Answer:
    return Answer(f"It is a dead letter now; {_what_follows(means, link_id)}.")


def _what_follows(means: Means, link_id: str) -> str:
    after = means.parking.keys.get(link_id)
    if after is None:
        return "later events of its link are applied"
    if after.error_class is ErrorClass.HELD:
        return "later events of its link wait behind it"
    return "later events of its link go on"
