"""An endpoint that fails, in words: for the notice, the card and the terminal. Pure."""

from collections.abc import Sequence

from core.operating.endpoints.failing import FailingEndpoint
from core.operating.endpoints.rows import MOST, EndpointHealth, EndpointState

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
#: So much of an address is told within a sentence, in characters.
_URL_CHARACTERS = 50


def span(seconds: float) -> str:
    """Write a length of time in its largest unit, such as "20 s", "4 min", "5 h"."""
    for unit_s, unit in _UNITS:
        if seconds >= unit_s:
            return f"{seconds // unit_s:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} s"


def short_url(url: str, most: int = _URL_CHARACTERS) -> str:
    """Cut an address in its middle: host and end tell more than what is between them. A query may hold a token."""
    place, mark, _query = url.partition("?")
    url = f"{place}?…" if mark else place
    if len(url) <= most:
        return url
    head = (most - 1) * 2 // 3
    return f"{url[:head]}…{url[-(most - 1 - head) :]}"


def capped(number: int) -> str:
    """Write a count that was not counted beyond `MOST`."""
    return f"{number:,}+" if number >= MOST else f"{number:,}"


def deliveries_wait(number: int) -> str:
    """Say how many deliveries wait."""
    if not number:
        return "nothing waits for it"
    return "1 delivery waits" if number == 1 else f"{capped(number)} deliveries wait"


def next_attempt(at: float | None, now: float) -> str:
    """Say when the next attempt is."""
    if at is None:
        return "-"
    return "now" if at <= now else f"in {span(at - now)}"


def state_words(endpoint: EndpointHealth, now: float) -> str:
    """Say how an endpoint is, and for how long it fails."""
    if endpoint.state is EndpointState.FAILING and endpoint.last is not None:
        return f"failing for {span(now - (endpoint.last.failing_since or now))}"
    return endpoint.state.value


def failing_sentence(failing: Sequence[FailingEndpoint], now: float) -> str:
    """Say of the one that fails longest what is so, and how many others fail; without a stop at its end."""
    first, others = failing[0], len(failing) - 1
    waits = deliveries_wait(first.waiting)
    if first.next_attempt_at is not None:
        waits += f", next attempt {next_attempt(first.next_attempt_at, now)}"
    also = (
        "" if not others else f"; {others} other {'endpoint fails' if others == 1 else 'endpoints fail'} too"
    )
    since = span(now - first.failing_since)
    return f"{first.consumer}: {short_url(first.url)} {_has(first.answer)} for {since}; {waits}{also}"


def failing_warning(failing: Sequence[FailingEndpoint]) -> str | None:
    """Say it in a few words that seldom change, for a consumer's card; None = none fails."""
    if not failing:
        return None
    return "1 endpoint fails" if len(failing) == 1 else f"{len(failing)} endpoints fail"


def _has(answer: str) -> str:
    """Put an answer into the present perfect: "has answered 503", "has given no answer: ..."."""
    return f"has {answer}" if answer.startswith("answered") else f"has given {' '.join(answer.split())[:80]}"
