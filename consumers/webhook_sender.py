"""Sends webhooks: each endpoint has a lane of its own, so that a slow one holds up nobody else.

Deliveries go out in the order of the events, by the sender of one worker at a time. What failed is tried again later while
others go on, so that receivers must not rely on the order; the events of one link are not sent while an earlier one of it
is in somebody's hands.

A delivery is claimed before it is sent; when a sender dies, the one that leads after it sends the delivery again, with the
same `webhook-id`.

What waits for an endpoint that is switched off is left alone: no attempt is made, none is counted, and what is due goes
out once it is on again. A call that has begun is brought to its end.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from consumers.webhook_call import TOTAL_TIMEOUT_S, WebhookCaller
from consumers.webhook_schedule import Answer, next_delay
from consumers.webhook_tables import answers, attempts, deliveries
from core.consuming.contract import HelperTurn
from core.storage.database import Database
from core.storage.upsert import insert_for

log = logging.getLogger(__name__)

#: How long a claim lasts: one attempt, and a little for writing its outcome.
_CLAIM_S = TOTAL_TIMEOUT_S + 5
#: Deliveries given to a lane in one go.
_LANE_LENGTH = 50
#: Lanes that may be at work at the same time.
_MAX_LANES = 32
#: Longest sleep between looks, in seconds; a commit of the consumer wakes the sender at once.
_GLANCE_S = 1.0
_PAUSED_GLANCE_S = 0.1


class WebhookSender:
    """The helper of the webhook consumer."""

    def __init__(
        self,
        database: Database,
        secret_of: Callable[[str], str | None],
        off: Callable[[], Collection[str]],
        *,
        allow_private_targets: bool,
    ) -> None:
        """`off` gives the ids of the endpoints that are switched off now."""
        self._database, self._off = database, off
        self._caller = WebhookCaller(secret_of, allow_private_targets=allow_private_targets)
        #: The endpoints whose lanes are at work.
        self._lanes: set[str] = set()
        self._failure: Exception | None = None

    def run(self, turn: HelperTurn) -> None:
        """Send what is due until told to stop. A pause of the consumer pauses its sender too."""
        led: int | None = None
        while not turn.stopping.is_set():
            term = turn.term()
            if term is None or turn.is_paused():
                turn.stopping.wait(_PAUSED_GLANCE_S)
                continue
            if term != led:
                self._release_claims()
                led = term
            turn.woken.clear()
            if self._failure is not None:
                failure, self._failure = self._failure, None
                raise failure
            for endpoint, due in self._due().items():
                if endpoint not in self._lanes and len(self._lanes) < _MAX_LANES:
                    self._open_lane(endpoint, due, turn)
            turn.woken.wait(self._until_next())

    def _release_claims(self) -> None:
        """Take back what another sender has claimed: it leads no more, and what it has in hand goes out again."""
        with self._database.transaction() as db:
            db.execute(update(deliveries).where(deliveries.c.claimed_until > 0).values(claimed_until=0.0))

    def _due(self) -> dict[str, list[Row[Any]]]:
        now = time.time()
        statement = (
            select(deliveries)
            .where(
                deliveries.c.state == "waiting",
                deliveries.c.next_attempt_at <= now,
                deliveries.c.claimed_until <= now,
                deliveries.c.endpoint_id.not_in([*self._lanes, *self._off()]),
                ~_earlier_of_link_in_hand(now),
            )
            .order_by(deliveries.c.delivery_id)
            .limit(_LANE_LENGTH * 4)
        )
        due: dict[str, list[Row[Any]]] = defaultdict(list)
        with self._database.reading() as db:
            for row in db.execute(statement):
                due[row.endpoint_id].append(row)
        return due

    def _until_next(self) -> float:
        statement = select(func.min(deliveries.c.next_attempt_at)).where(
            deliveries.c.state == "waiting", deliveries.c.next_attempt_at > time.time()
        )
        with self._database.reading() as db:
            at = db.scalar(statement)
        return _GLANCE_S if at is None else min(max(at - time.time(), 0.01), _GLANCE_S)

    def _open_lane(self, endpoint: str, due: list[Row[Any]], turn: HelperTurn) -> None:
        # A daemon, since a call that hangs must not keep the process from ending.
        lane = threading.Thread(
            target=self._work_off,
            args=(endpoint, due[:_LANE_LENGTH], turn),
            name=f"to {endpoint}",
            daemon=True,
        )
        self._lanes.add(endpoint)
        lane.start()

    def _work_off(self, endpoint: str, due: list[Row[Any]], turn: HelperTurn) -> None:
        try:
            for delivery in due:
                if turn.stopping.is_set() or turn.is_paused() or turn.term() is None:
                    break
                if delivery.endpoint_id in self._off():
                    break
                if self._claim(delivery):
                    started = time.time()
                    self._record(delivery, self._caller.call(delivery), started)
        except (
            Exception
        ) as error:  # A lane must not die in silence: `run` raises this, and the consumer shows it.
            log.exception("a webhook could not be tried or recorded")
            self._failure = error
        finally:
            # The sender looks at once what is due, and would find a thread that is about to end still at work.
            self._lanes.remove(endpoint)
            turn.woken.set()

    def _claim(self, delivery: Row[Any]) -> bool:
        """Take a delivery, unless another sender has it or had it meanwhile."""
        now = time.time()
        statement = (
            update(deliveries)
            .where(
                deliveries.c.delivery_id == delivery.delivery_id,
                deliveries.c.state == "waiting",
                deliveries.c.attempts == delivery.attempts,
                deliveries.c.claimed_until <= now,
            )
            .values(claimed_until=now + _CLAIM_S)
        )
        with self._database.transaction() as db:
            return db.execute(statement).rowcount == 1

    def _record(self, delivery: Row[Any], answer: Answer, started: float) -> None:
        """Write down an attempt and what follows from it."""
        now = time.time()
        number = delivery.attempts + 1
        delay = next_delay(answer, number)
        state = "delivered" if answer.delivered else "exhausted" if delay is None else "waiting"
        attempt = {
            "delivery_id": delivery.delivery_id,
            "number": number,
            "started_at": started,
            "duration_ms": (now - started) * 1000,
            "status": answer.status,
            "error": answer.error,
            "response": answer.response,
        }
        outcome = {
            "state": state,
            "attempts": number,
            "next_attempt_at": None if delay is None else now + delay,
            "claimed_until": 0.0,
            "finished_at": None if state == "waiting" else now,
        }
        mine = (deliveries.c.delivery_id == delivery.delivery_id) & (
            deliveries.c.attempts == delivery.attempts
        )
        with self._database.transaction() as db:
            # A sender that overslept its claim finds that another one has recorded this attempt.
            if db.execute(update(deliveries).where(mine), outcome).rowcount == 1:
                db.execute(insert(attempts), attempt)
                _note_answer(db, delivery.endpoint_id, answer, now)


def _note_answer(db: Connection, endpoint: str, answer: Answer, now: float) -> None:
    """Keep what an endpoint has answered last, and for how long it has failed by now."""
    failed = not answer.delivered
    last = {"answered_at": now, "status": answer.status, "error": answer.error}
    first = {"failing_since": now if failed else None, "failures": int(failed)}
    again = {
        "failing_since": func.coalesce(answers.c.failing_since, now) if failed else None,
        "failures": answers.c.failures + 1 if failed else 0,
    }
    statement = insert_for(db, answers).values(endpoint_id=endpoint, **last, **first)
    db.execute(statement.on_conflict_do_update(index_elements=["endpoint_id"], set_={**last, **again}))


def _earlier_of_link_in_hand(now: float) -> ColumnElement[bool]:
    """Tell whether an earlier delivery of the same link to the same endpoint is being sent, or was by a sender that died."""
    earlier = deliveries.alias("earlier")
    return (
        select(earlier.c.delivery_id)
        .where(
            earlier.c.endpoint_id == deliveries.c.endpoint_id,
            earlier.c.link_id == deliveries.c.link_id,
            earlier.c.delivery_id < deliveries.c.delivery_id,
            earlier.c.state == "waiting",
            earlier.c.claimed_until > now,
        )
        .exists()
    )
