"""What the one button does: an act that an answer names, made into a call to the desk, a way to go, or a line to copy.

No Qt here. Calls run in another thread and may wait for a worker; they give what came of it.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from core.operating.actor import actor
from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk
from core.operating.endpoints.words import ON_MEANS
from core.operating.why.answer import Act
from gui.targets import Kind, Target

#: Why it was done, for the journal.
_WHY = "asked why"


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a call, in one sentence."""

    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """Something that the desk does."""

    run: Callable[[Desk], Said]
    #: What must be typed first, since it can't be undone; empty = it is safe.
    word: str = ""


@dataclass(frozen=True, slots=True)
class Go:
    """Something to be looked at elsewhere."""

    target: Target


@dataclass(frozen=True, slots=True)
class Copy:
    """Something that only a command line does."""

    command: str


@dataclass(frozen=True, slots=True)
class AddEndpoint:
    """An endpoint is to be registered, whose address somebody has to give."""


Step = Call | Go | Copy | AddEndpoint


@dataclass(frozen=True, slots=True)
class Deed:
    """The button: what it says, what exactly happens, and how."""

    text: str
    does: str
    picture: str
    step: Step

    @property
    def changes_something(self) -> bool:
        """Whether it is more than a way to look: such a one is not to be done where nothing may be changed."""
        return isinstance(self.step, Call | AddEndpoint)


def deed_of(act: Act, pages: Collection[str]) -> Deed:
    """Make an act doable; `pages` are the titles of those that can be gone to."""
    make = _MAKERS.get(act.name)
    if make is not None:
        return make(act)
    page = _PAGES.get(act.name)
    if page is not None and page in pages:
        text = f"Open {page}"
        return Deed(text, f"Goes to the page {page}.", "arrow-right", Go(Target(Kind.PAGE, page)))
    why = _BY_COMMAND.get(act.name, "This window can't do it; the command line can.")
    return Deed("Copy the command", f"{why} Copies: {act.command}", "copy", Copy(act.command))


def _resume(act: Act) -> Deed:
    name = act.arguments["consumer"]
    does = f"Lets {name} go on at once; the Journal has the way back."
    return Deed(f"Resume {name}", does, "play", Call(partial(_do_resume, name)))


def _do_resume(name: str, desk: Desk) -> Said:
    desk.resume(name, why=_WHY)
    return Said(True, f"{name} is to go on; its worker obeys within a second.")


def _clear(act: Act) -> Deed:
    number = act.arguments["fault"]
    does = f"Ends fault {number}, which somebody has set on purpose."
    return Deed(f"Clear fault {number}", does, "undo-2", Call(partial(_do_clear, number)))


def _do_clear(number: str, desk: Desk) -> Said:
    desk.faults.clear(number, by=actor(), why=_WHY)
    return Said(True, f"Fault {number} is cleared.")


def _retry_now(act: Act) -> Deed:
    consumer, link_id = act.arguments["consumer"], act.arguments["link_id"]
    does = f"Lets {consumer} try the events of this link at once that wait, instead of at their time."
    return Deed("Retry now", does, "refresh-cw", Call(partial(_do_retry_now, consumer, link_id)))


def _do_retry_now(consumer: str, link_id: str, desk: Desk) -> Said:
    keys = [key for key in desk.dead_letters.waiting(consumer) if key.link_id == link_id]
    if not keys:
        return Said(True, f"Nothing of the link waits in {consumer} any more.")
    asked = [desk.dead_letters.retry_now(key, why=_WHY) for key in keys]
    (outcome,) = desk.dead_letters.outcomes(asked)
    return Said(not outcome.failed, f"{consumer}: {outcome.outcome}")


def _retry_dead(act: Act) -> Deed:
    consumer, place = act.arguments["consumer"], act.arguments["place"]
    does = f"Lets {consumer} try the dead letter {place} again; consumers that have its event notice nothing."
    return Deed("Retry the dead letter", does, "refresh-cw", Call(partial(_do_retry_dead, consumer, place)))


def _do_retry_dead(consumer: str, place: str, desk: Desk) -> Said:
    affected = _affected(desk, consumer, place)
    if not affected:
        return _decided(consumer)
    (outcome,) = desk.dead_letters.outcomes(desk.dead_letters.retry(affected, why=_WHY))
    return Said(not outcome.failed, f"{consumer}: {outcome.outcome}")


def _discard(act: Act) -> Deed:
    consumer, place, why = (act.arguments[name] for name in ("consumer", "place", "why"))
    does = f"Gives the dead letter {place} of {consumer} up for good ({why}); it stays on record."
    call = Call(partial(_do_discard, consumer, place, why), word="discard")
    return Deed("Discard the dead letter", does, "mail-x", call)


def _do_discard(consumer: str, place: str, why: str, desk: Desk) -> Said:
    affected = _affected(desk, consumer, place)
    if not affected:
        return _decided(consumer)
    (outcome,) = desk.dead_letters.outcomes(desk.dead_letters.discard(affected, why=why))
    return Said(not outcome.failed, f"{consumer}: {outcome.outcome}")


def _affected(desk: Desk, consumer: str, place: str) -> list[Affected]:
    partition, position = place.split("/")
    wanted = Selection(consumer=consumer, place=(int(partition), int(position)))
    return desk.dead_letters.preview(desk.dead_letters.find(wanted))


def _decided(consumer: str) -> Said:
    return Said(False, f"{consumer} has no such dead letter any more: somebody has decided about it.")


def _rebuild(act: Act) -> Deed:
    name = act.arguments["consumer"]
    does = (
        f"Empties the tables of {name} and lets it apply all events again, from the first one on. What it does "
        "outside of its tables happens again as well."
    )
    return Deed(f"Rebuild {name}", does, "database", Call(partial(_do_rebuild, name), word=name))


def _do_rebuild(name: str, desk: Desk) -> Said:
    number = desk.rebuilds.ask(name, why=_WHY)
    answer = desk.rebuilds.outcome(number)
    if answer is None:
        return Said(True, f"{name}: noted; it begins as soon as a worker comes to it")
    return Said(answer.done, f"{name}: {answer.sentence}")


def _ask_about(act: Act) -> Deed:
    question = Target(Kind.QUESTION, f"{act.arguments['id']} {act.arguments['consumer']}")
    return Deed("Ask about that event", "Asks the same about the other event.", "arrow-right", Go(question))


def _add_endpoint(_act: Act) -> Deed:
    does = "Asks for an address; it is told of what happens from then on, and not of what has happened."
    return Deed("Add an endpoint", does, "webhook", AddEndpoint())


def _enable_endpoint(act: Act) -> Deed:
    endpoint_id = act.arguments["endpoint"]
    does = f"Switches endpoint {endpoint_id} on. {ON_MEANS} The Journal has the way back."
    return Deed("Enable the endpoint", does, "play", Call(partial(_do_enable, endpoint_id)))


def _do_enable(endpoint_id: str, desk: Desk) -> Said:
    done = desk.endpoints.enable(endpoint_id, why=_WHY)
    return Said(True, "It is on: what has waited goes out." if done else "Somebody has enabled it already.")


def _call_endpoint(act: Act) -> Deed:
    endpoint_id = act.arguments["endpoint"]
    does = (
        f"Sends all that waits for endpoint {endpoint_id} at once, instead of at the time of its next attempt; each "
        "counts as an attempt."
    )
    return Deed("Try now", does, "send", Call(partial(_do_call, endpoint_id)))


def _do_call(endpoint_id: str, desk: Desk) -> Said:
    (called,) = desk.endpoints.outcomes(desk.endpoints.call_now([endpoint_id], why=_WHY))
    return Said(not called.failed, f"{called.url}: {called.outcome}")


_MAKERS: dict[str, Callable[[Act], Deed]] = {
    "resume": _resume,
    "clear fault": _clear,
    "retry now": _retry_now,
    "retry dead letter": _retry_dead,
    "discard dead letter": _discard,
    "rebuild": _rebuild,
    "why": _ask_about,
    "add endpoint": _add_endpoint,
    "enable endpoint": _enable_endpoint,
    "call endpoint": _call_endpoint,
}
#: Acts that are a look at another page.
_PAGES = {"status": "Overview", "check ledger": "Ledger"}
#: Why the window leaves others to the command line.
_BY_COMMAND = {
    "start worker": "A worker is a program of its own, which outlives this window.",
    "rebuild streams": "The window has to be closed for it, since nothing else may publish meanwhile.",
}
