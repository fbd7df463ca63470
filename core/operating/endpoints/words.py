"""An endpoint that fails, in words: for the notice, the card and the terminal. Pure."""

from collections.abc import Sequence

from core.operating.endpoints.failing import FailingEndpoint, OffEndpoint
from core.operating.endpoints.rows import MOST, EndpointHealth, EndpointState

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))
#: What switching off and on means, for window and command line.
OFF_MEANS = (
    "It is never told of what is committed until it is enabled, not even afterwards. What waits for it already goes on "
    "waiting, without attempts, and goes out once it is enabled. A call that has begun is brought to its end."
)
ON_MEANS = (
    "What has waited goes out, the oldest first, and it is told of what is committed from now on; never of what was "
    "committed while it was off."
)
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
    if endpoint.state is EndpointState.OFF and endpoint.off is not None:
        return f"off for {span(now - endpoint.off.since)}, by {endpoint.off.by}"
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


def off_sentence(off: Sequence[OffEndpoint], now: float) -> str:
    """Say of the one that is off longest since when, by whom and why, and how many others are; without a stop at its end."""
    first, others = off[0], len(off) - 1
    why = f' ("{" ".join(first.why.split())[:80]}")' if first.why else ""
    also = (
        "" if not others else f"; {others} other {'endpoint is' if others == 1 else 'endpoints are'} off too"
    )
    return f"{first.consumer}: {short_url(first.url)} is off for {span(now - first.since)}, by {first.by}{why}{also}"


def warning_of(failing: Sequence[FailingEndpoint], off: Sequence[OffEndpoint], now: float) -> str | None:
    """Say in a few words how many fail and for how long, or are off, for a consumer's card; None = none does."""
    said = []
    if failing:
        fail = "1 endpoint fails" if len(failing) == 1 else f"{len(failing)} endpoints fail"
        said.append(f"{fail} for {span(now - min(one.failing_since for one in failing))}")
    if off:
        said.append("1 endpoint is off" if len(off) == 1 else f"{len(off)} endpoints are off")
    return ", ".join(said) or None


def _has(answer: str) -> str:
    """Put an answer into the present perfect: "has answered 503", "has given no answer: ..."."""
    return f"has {answer}" if answer.startswith("answered") else f"has given {' '.join(answer.split())[:80]}"
