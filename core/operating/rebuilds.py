"""Rebuilds of consumers: asked for here, done by a worker that runs the consumer, in one transaction of its database."""

from core.consuming.controls import Controls
from core.consuming.requests import Requests, Wish
from core.errors import NotFound
from core.operating.actor import actor
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

    def outcome(self, number: int) -> str | None:
        """Give what came of a request, in one sentence; None = no worker has begun yet."""
        return self._requests.outcomes([number]).get(number)
