"""Rebuilds of consumers: asked for here, done by a worker that runs the consumer, in one transaction of its database."""

import threading
from collections.abc import Mapping

from sqlalchemy import func, select

from core.consuming.contract import Answer
from core.consuming.control_tables import requests
from core.consuming.controls import Controls
from core.consuming.requests import Requests, Wish
from core.errors import NotFound
from core.operating.actor import actor
from core.operating.readings import ConsumerReadings
from core.storage.database import Database


class Rebuilds:
    """The rebuilds of one installation."""

    def __init__(self, control: Database) -> None:
        self._controls = Controls(control)
        self._requests = Requests(control)

    def ask(self, consumer: str, *, by: str | None = None, why: str = "") -> int:
        """Want a consumer to apply all events again from the first one on; gives the number of the request.

        Raises:
            NotFound: no such consumer is registered.
        """
        self.check(consumer)
        (number,) = self._requests.ask([Wish(consumer, "rebuild")], by=by or actor(), why=why)
        return number

    def check(self, consumer: str) -> None:
        """Make sure that there is such a consumer.

        Raises:
            NotFound: there is none.
        """
        known = self._controls.registered()
        if consumer not in known:
            raise NotFound(
                f"There is no consumer {consumer[:80]!r}. There are: {', '.join(known) or 'none'}."
            )

    def outcome(self, number: int) -> Answer | None:
        """Give what came of a request; None = no worker has begun yet."""
        return self._requests.outcomes([number]).get(number)


class RebuildTimes:
    """When consumers were rebuilt: receipts that were written since tell nothing of how soon older events were applied.

    Safe to use from any thread; only requests that are newer than those seen before are read.
    """

    def __init__(self, control: Database) -> None:
        self._control = control
        self._turn = threading.Lock()
        self._seen_upto = 0
        self._times: Mapping[str, float] = {}

    def read(self) -> Mapping[str, float]:
        """Give when each consumer was last emptied, in Unix seconds; those that never were are left out.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        columns = (requests.c.id, requests.c.consumer, requests.c.done_at, requests.c.was_done)
        with self._turn, self._control.reading() as db:
            newest = db.scalar(select(func.max(requests.c.id))) or 0
            if newest > self._seen_upto:
                newer = requests.c.id > self._seen_upto
                rows = db.execute(select(*columns).where(newer, requests.c.act == "rebuild")).all()
                done = {
                    row.consumer: row.done_at
                    for row in sorted(rows, key=lambda row: row.done_at or 0.0)
                    if row.done_at is not None and row.was_done is not False
                }
                self._times = {**self._times, **done}
                # One that nobody has done yet is looked at again.
                self._seen_upto = min([newest, *(row.id - 1 for row in rows if row.done_at is None)])
            return self._times


def is_again(committed_at: float, applied_at: float, rebuilt_at: float | None) -> bool:
    """Tell whether a receipt was written by a rebuild: of an event from before it, at a time after it."""
    return rebuilt_at is not None and committed_at < rebuilt_at <= applied_at


def that_stand(receipts: Mapping[str, float], consumers: Mapping[str, ConsumerReadings]) -> dict[str, float]:
    """Give the times of receipts by consumer, without those that a rebuild has removed since they were read."""
    return {
        name: at
        for name, at in receipts.items()
        if (rebuilt_at := consumers[name].rebuilt_at) is None or rebuilt_at <= at
    }
