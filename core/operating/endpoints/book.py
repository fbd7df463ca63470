"""The endpoints in operators' hands: seen with how they answer, called at once, switched off and on, taken out of use.

Deliveries are webhook's own: wishes about them go through the requests, and a worker does them. Methods may block, and may
be called from any thread.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from core.consuming.contract import Endpoint
from core.consuming.control_tables import endpoints
from core.consuming.controls import Controls, Wanted
from core.consuming.requests import Requests, Wish
from core.errors import InvalidInput, NotFound
from core.operating.actor import actor
from core.operating.attendance import attendance
from core.operating.endpoints.rows import WEBHOOK, EndpointHealth, off_of, read_endpoints
from core.operating.installation import Installation
from core.operating.open_books import OpenBooks
from core.operating.outcomes import until

#: How long is waited for outcomes, in seconds.
PATIENCE_S = 5.0
_GONE = "It was removed, and its secret with it: what waits for it can't be signed any more."
_OFF = "It is off: what waits for it goes out once it is enabled."
_PAUSED = "webhook is paused: it is sent when it goes on."


@dataclass(frozen=True, slots=True)
class Call:
    """A wish that was written down: that an endpoint is called at once."""

    number: int
    endpoint_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Called:
    """What came of one wish, in one sentence."""

    endpoint_id: str
    url: str
    outcome: str
    failed: bool


class EndpointBook:
    """The endpoints of one installation."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._installation, self._books = installation, books
        self._requests = Requests(installation.control)
        self._controls = Controls(installation.control)

    def in_use(self) -> tuple[Endpoint, ...]:
        """Give those in use, as they were registered."""
        return self._installation.endpoints.all()

    def read(self) -> tuple[EndpointHealth, ...]:
        """Read how each is; see `read_endpoints`.

        Raises:
            StoreUnavailable: they can't be read now.
        """
        return read_endpoints(self._installation.control, self._books)

    def call_now(self, endpoint_ids: Sequence[str], *, why: str = "", by: str | None = None) -> list[Call]:
        """Ask for what waits for endpoints to be sent at once, instead of at the next attempt's time.

        Raises:
            NotFound: there is no such endpoint. Nothing was asked.
            InvalidInput: one was removed, with code "endpoint_gone", or is off, with "endpoint_off". Nothing was asked.
            StoreUnavailable: nothing was asked.
        """
        urls = {name: self._url(name) for name in endpoint_ids}
        wishes = [Wish(WEBHOOK, "call now", argument=name) for name in urls]
        numbers = self._requests.ask(wishes, by=by or actor(), why=why)
        return [Call(number, *pair) for number, pair in zip(numbers, urls.items(), strict=True)]

    def _url(self, endpoint_id: str) -> str:
        columns = (endpoints.c.url, endpoints.c.removed_at, endpoints.c.switches)
        with self._installation.control.reading() as db:
            row = db.execute(select(*columns).where(endpoints.c.endpoint_id == endpoint_id)).one_or_none()
        if row is None:
            raise NotFound(f"There is no endpoint {endpoint_id[:80]!r}.")
        if row.removed_at is not None:
            raise InvalidInput("endpoint", "endpoint_gone", _GONE)
        if off_of(row.switches) is not None:
            raise InvalidInput("endpoint", "endpoint_off", _OFF)
        url: str = row.url
        return url

    def outcomes(self, calls: Sequence[Call], *, within_s: float = PATIENCE_S) -> list[Called]:
        """Give what came of each, in their order, once a worker has done it, or time is up.

        Raises:
            StoreUnavailable: it can't be read now; the wishes stay noted.
        """
        found: list[Called] = []
        until(lambda: self._look(calls, found), within_s)
        return found

    def _look(self, calls: Sequence[Call], found: list[Called]) -> bool:
        """Look once, into `found`; tells whether nothing more is to be expected."""
        said = self._requests.outcomes([call.number for call in calls])
        there = attendance(self._installation.control)
        is_paused = self._controls.wanted().get(WEBHOOK, Wanted()).is_paused(time.time())
        found.clear()
        for call in calls:
            answer = said.get(call.number)
            text = there.words(WEBHOOK) if answer is None else answer.sentence
            failed = answer is not None and not answer.done
            more = f" {_PAUSED}" if is_paused and answer is not None and answer.done else ""
            found.append(Called(call.endpoint_id, call.url, f"{text}{more}", failed))
        return not there.may_answer(WEBHOOK) or all(said.get(call.number) for call in calls)

    def disable(self, endpoint_id: str, *, why: str = "", by: str | None = None) -> bool:
        """Switch an endpoint off; see `Endpoints.disable`."""
        of, positions = self._installation.endpoints, self._installation.outbox.last_committed
        return of.disable(endpoint_id, by=by or actor(), why=why, positions=positions)

    def enable(self, endpoint_id: str, *, why: str = "", by: str | None = None) -> bool:
        """Switch an endpoint on again; see `Endpoints.enable`."""
        of, positions = self._installation.endpoints, self._installation.outbox.last_committed
        return of.enable(endpoint_id, by=by or actor(), why=why, positions=positions)

    def remove(self, endpoint_id: str, *, why: str = "", by: str | None = None) -> None:
        """Take an endpoint out of use; see `Endpoints.remove`."""
        self._installation.endpoints.remove(endpoint_id, by=by or actor(), why=why)
