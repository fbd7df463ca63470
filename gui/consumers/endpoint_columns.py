"""The columns of the table of endpoints."""

import time

from core.operating.endpoints.rows import EndpointHealth, EndpointState
from core.operating.endpoints.words import OFF_MEANS, capped, short_url
from gui.formatting import clock, duration, moment, plural
from gui.parts.table_columns import RIGHT, TableColumn

#: So much of an address has room in its column, in characters; the whole is in the tip.
_URL_CHARACTERS = 40
_NEVER = float("inf")
_PICTURES = {
    EndpointState.ON: "circle-check",
    EndpointState.FAILING: "triangle-alert",
    EndpointState.NEVER_ASKED: "circle",
    EndpointState.OFF: "pause",
    EndpointState.REMOVED: "unplug",
}
_COLOURS = {
    EndpointState.ON: "ok",
    EndpointState.FAILING: "warn",
    EndpointState.NEVER_ASKED: "muted",
    EndpointState.OFF: "warn",
    EndpointState.REMOVED: "muted",
}
_TIPS = {
    EndpointState.ON: "Its newest attempt was accepted.",
    EndpointState.NEVER_ASKED: "It is told of what happens from now on; nothing has happened since it was added.",
    EndpointState.REMOVED: "It was removed, and its secret with it: what waits for it can't be delivered any more.",
}


def _state(endpoint: EndpointHealth) -> str:
    last = endpoint.last
    if endpoint.state is EndpointState.FAILING and last is not None and last.failing_since is not None:
        return f"failing since {clock(last.failing_since)}"
    if endpoint.state is EndpointState.OFF and endpoint.off is not None:
        return f"off since {clock(endpoint.off.since)}"
    return endpoint.state.value


def _state_tip(endpoint: EndpointHealth) -> str:
    last = endpoint.last
    if endpoint.state is EndpointState.FAILING and last is not None and last.failing_since is not None:
        since = moment(last.failing_since)
        return f"{plural(last.failures, 'attempt')} in a row failed, the first at {since}. Other endpoints go on."
    off = endpoint.off
    if endpoint.state is EndpointState.OFF and off is not None:
        why = f': "{off.why}"' if off.why else ""
        return f"Switched off at {moment(off.since)} by {off.by}{why}.\n{OFF_MEANS}"
    return _TIPS[endpoint.state]


def _answer(endpoint: EndpointHealth) -> str:
    last = endpoint.last
    return "-" if last is None else f"{clock(last.answered_at)}  {last.words}"


def _answer_tip(endpoint: EndpointHealth) -> str:
    last = endpoint.last
    return (
        "No attempt was made yet."
        if last is None
        else f"{moment(last.answered_at)}: {last.error or last.words}"
    )


def _next(endpoint: EndpointHealth) -> str:
    if endpoint.next_attempt_at is None or endpoint.off is not None:
        return "-"
    left = endpoint.next_attempt_at - time.time()
    return "now" if left <= 0 else f"in {duration(float(round(left)))}"


def _next_tip(endpoint: EndpointHealth) -> str:
    at = endpoint.next_attempt_at
    if at is not None and endpoint.off is not None:
        return "What waits goes out once it is enabled."
    return "Nothing waits." if at is None else f"{moment(at)}. Each delivery has ten attempts in three days."


COLUMNS = (
    TableColumn(
        "URL",
        lambda endpoint: short_url(endpoint.url, _URL_CHARACTERS),
        lambda endpoint: "\n".join(
            part for part in (endpoint.url, endpoint.description, endpoint.endpoint_id) if part
        ),
        width=330,
        sort=lambda endpoint: endpoint.url,
        code=True,
    ),
    TableColumn(
        "State",
        _state,
        _state_tip,
        width=188,
        sort=_state,
        colour=lambda endpoint: _COLOURS[endpoint.state],
        picture=lambda endpoint: _PICTURES[endpoint.state],
    ),
    TableColumn(
        "Last answer",
        _answer,
        _answer_tip,
        width=200,
        sort=lambda endpoint: 0.0 if endpoint.last is None else endpoint.last.answered_at,
    ),
    TableColumn(
        "Waiting",
        lambda endpoint: capped(endpoint.waiting),
        lambda _endpoint: "Deliveries that are to be made, now or at their next attempt.",
        align=RIGHT,
        width=76,
        sort=lambda endpoint: endpoint.waiting,
        colour=lambda endpoint: "text" if endpoint.waiting else "muted",
    ),
    TableColumn(
        "Next attempt",
        _next,
        _next_tip,
        width=110,
        sort=lambda endpoint: _NEVER if endpoint.next_attempt_at is None else endpoint.next_attempt_at,
    ),
    TableColumn(
        "Delivered in 1 h",
        lambda endpoint: capped(endpoint.delivered),
        lambda _endpoint: "Accepted by it within the last hour.",
        align=RIGHT,
        width=120,
        sort=lambda endpoint: endpoint.delivered,
        colour=lambda endpoint: "text" if endpoint.delivered else "muted",
    ),
)
