"""What can be done about endpoints, said exactly beforehand, and what came of it. No Qt here."""

from collections.abc import Callable, Sequence
from functools import partial

from core.errors import NotFound
from core.operating.desk import Desk
from core.operating.endpoints.rows import EndpointHealth, EndpointState
from core.operating.endpoints.words import OFF_MEANS, ON_MEANS, capped, short_url
from gui.formatting import plural
from gui.parts.act_dialog import Plan, Result

_WHY = "from the console"
_CALLS = (
    "What waits is due at once, the oldest first, instead of at its next attempt. It counts as an attempt: after ten "
    "a delivery is given up."
)
_NOT_CALLED = (EndpointState.OFF, EndpointState.REMOVED)
_REMOVES = (
    "It is told of nothing more, and what waits for it is not delivered. Its deliveries stay on record."
)
_SECRET = "Its signing secret is gone with it: added again, it has another one."


def why_no_call(chosen: Sequence[EndpointHealth]) -> str:
    """Say why endpoints can't be called now; empty = they can."""
    if not chosen:
        return "There is no endpoint to call: add one first (a)."
    if all(one.state is EndpointState.REMOVED for one in chosen):
        return "It was removed, and its secret with it: what waits can't be signed any more."
    waiting = [one for one in chosen if one.state is not EndpointState.REMOVED and one.waiting]
    if not waiting:
        return "Nothing waits, so there is nothing to try."
    if all(one.state is EndpointState.OFF for one in waiting):
        return "It is off: what waits goes out once it is enabled (e)."
    return ""


def callable_of(chosen: Sequence[EndpointHealth]) -> list[EndpointHealth]:
    """Give those of them that can be called and have something waiting."""
    return [one for one in chosen if one.state not in _NOT_CALLED and one.waiting]


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


def are_off(selected: Sequence[EndpointHealth]) -> bool:
    """Tell whether those that are selected are off, so that they can be enabled; else they can be disabled."""
    return bool(selected) and all(one.state is EndpointState.OFF for one in selected)


def why_no_switch(selected: Sequence[EndpointHealth]) -> str:
    """Say why endpoints can't be switched off or on; empty = they can."""
    if not selected:
        return "Select the endpoint that is to be switched off, or on again."
    if any(one.state is EndpointState.REMOVED for one in selected):
        return "It was removed: add it again."
    is_mixed = len({one.state is EndpointState.OFF for one in selected}) > 1
    return "Some of them are on and some are off: select those of one kind." if is_mixed else ""


def switch_plan(selected: Sequence[EndpointHealth]) -> Plan:
    """Say what switching off or on does."""
    waiting = tuple(f"{short_url(one.url)}: {capped(one.waiting)} waiting." for one in selected[:3])
    named = plural(len(selected), "endpoint")
    if are_off(selected):
        return Plan(f"Enable {named} of webhook?", ON_MEANS, waiting, "Enable")
    scope = (*waiting, "Enable (e) takes it back, here or from the Journal.")
    why = "Why it is switched off, for whoever asks"
    return Plan(f"Disable {named} of webhook?", OFF_MEANS, scope, "Disable", why=why)


def enable(selected: Sequence[EndpointHealth], desk: Desk) -> list[Result]:
    """Switch endpoints on again.

    Raises:
        StoreUnavailable: some may have been; doing it again is harmless.
    """
    return [
        _switched(
            name, partial(desk.endpoints.enable, endpoint_id, why=_WHY), "On: what has waited goes out."
        )
        for endpoint_id, name in _names(selected).items()
    ]


def disable(selected: Sequence[EndpointHealth], why: str, desk: Desk) -> list[Result]:
    """Switch endpoints off.

    Raises:
        StoreUnavailable: some may have been; doing it again is harmless.
    """
    return [
        _switched(name, partial(desk.endpoints.disable, endpoint_id, why=why), "Off, until it is enabled.")
        for endpoint_id, name in _names(selected).items()
    ]


def _switched(name: str, switch: Callable[[], bool], said: str) -> Result:
    try:
        return Result(name, ok=True, text=said if switch() else "It was so already.")
    except NotFound:
        return Result(name, ok=False, text="Somebody has removed it.")


def why_no_removal(selected: Sequence[EndpointHealth]) -> str:
    """Say why endpoints can't be removed; empty = they can."""
    if not selected:
        return "Select the endpoint that is to be removed."
    return "It was removed already." if any(one.state is EndpointState.REMOVED for one in selected) else ""


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
