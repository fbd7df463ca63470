"""What can be done about endpoints, said exactly beforehand, and what came of it. No Qt here."""

from collections.abc import Sequence

from core.errors import NotFound
from core.operating.desk import Desk
from core.operating.endpoints.rows import EndpointHealth, EndpointState
from core.operating.endpoints.words import capped, short_url
from gui.formatting import plural
from gui.parts.act_dialog import Plan, Result

_WHY = "from the console"
_CALLS = (
    "What waits is due at once, the oldest first, instead of at its next attempt. It counts as an attempt: after ten "
    "a delivery is given up."
)
_REMOVES = (
    "It is told of nothing more, and what waits for it is not delivered. Its deliveries stay on record."
)
_SECRET = "Its signing secret is gone with it: added again, it has another one."


def why_no_call(chosen: Sequence[EndpointHealth]) -> str:
    """Say why endpoints can't be called now; empty = they can."""
    if not chosen:
        return "There is no endpoint to call: add one first (a)."
    if all(one.state is EndpointState.OFF for one in chosen):
        return "It was removed, and its secret with it: what waits can't be signed any more."
    if not any(one.waiting for one in chosen if one.state is not EndpointState.OFF):
        return "Nothing waits, so there is nothing to try."
    return ""


def callable_of(chosen: Sequence[EndpointHealth]) -> list[EndpointHealth]:
    """Give those of them that can be called and have something waiting."""
    return [one for one in chosen if one.state is not EndpointState.OFF and one.waiting]


def call_plan(chosen: Sequence[EndpointHealth], *, are_selected: bool) -> Plan:
    """Say what a call does."""
    scope = [
        "Those that are selected." if are_selected else "All for which something waits: none is selected."
    ]
    scope += [f"{short_url(one.url)}: {capped(one.waiting)} waiting." for one in chosen[:3]]
    return Plan(f"Try {plural(len(chosen), 'endpoint')} of webhook now?", _CALLS, tuple(scope), "Try now")


def call_now(chosen: Sequence[EndpointHealth], desk: Desk) -> list[Result]:
    """Ask for the calls, and wait until a worker has let them be due.

    Raises:
        NotFound, InvalidInput, StoreUnavailable: nothing was asked.
    """
    calls = desk.endpoints.call_now([one.endpoint_id for one in chosen], why=_WHY)
    names = _names(chosen)
    return [
        Result(names[called.endpoint_id], not called.failed, called.outcome)
        for called in desk.endpoints.outcomes(calls)
    ]


def _names(chosen: Sequence[EndpointHealth]) -> dict[str, str]:
    """Name each within a narrow column, where its host is what is read first; no two alike."""
    places = {one.endpoint_id: one.url.partition("://")[2].partition("?")[0] for one in chosen}
    if len(set(places.values())) == len(places):
        return places
    return {name: f"{place} {name}" for name, place in places.items()}


def why_no_removal(selected: Sequence[EndpointHealth]) -> str:
    """Say why endpoints can't be removed; empty = they can."""
    if not selected:
        return "Select the endpoint that is to be removed."
    return "It was removed already." if any(one.state is EndpointState.OFF for one in selected) else ""


def removal_plan(selected: Sequence[EndpointHealth]) -> Plan:
    """Say what a removal does."""
    waiting = [f"{short_url(one.url)}: {capped(one.waiting)} waiting." for one in selected[:3]]
    title = f"Remove {plural(len(selected), 'endpoint')} of webhook?"
    return Plan(
        title, _REMOVES, (_SECRET, *waiting), "Remove", "remove", "Why it is removed, for the journal"
    )


def remove(selected: Sequence[EndpointHealth], why: str, desk: Desk) -> list[Result]:
    """Take endpoints out of use.

    Raises:
        StoreUnavailable: some may have been removed; doing it again is harmless.
    """
    return [_removed(name, endpoint_id, why, desk) for endpoint_id, name in _names(selected).items()]


def _removed(name: str, endpoint_id: str, why: str, desk: Desk) -> Result:
    try:
        desk.endpoints.remove(endpoint_id, why=why)
    except NotFound:
        return Result(name, ok=True, text="Somebody has removed it already.")
    return Result(name, ok=True, text="Removed.")
