"""Archiving links and restoring them: what is asked before it is done to many, and what came of each. No Qt here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.errors import SignalboxError
from core.operating.desk import Desk
from core.producing.link_list import Link
from core.producing.outcomes import Change
from gui.formatting import count, one_line, plural
from gui.parts.act_dialog import Plan, Result

#: Links that are archived or restored at once at most, each in a transaction of its own.
MOST = 200
#: Links that are named before it is asked.
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Switch:
    """One of the two ways, in words."""

    #: What a button says.
    verb: str
    picture: str
    #: What came of it.
    done: str
    #: What it does to many.
    does: str
    #: Why it can't be done to the selected ones.
    nothing: str
    call: Callable[[Desk, str, str], Change]

    def takes(self, link: Link) -> bool:
        """Whether there is anything to do with a link."""
        return (link.archived_at is None) is (self is ARCHIVE)

    @property
    def back(self) -> "Switch":
        """The other way."""
        return RESTORE if self is ARCHIVE else ARCHIVE


ARCHIVE = Switch(
    "Archive",
    "archive",
    "archived",
    "Their short URLs lead nowhere until they are restored. Their slugs stay taken.",
    "All of them are archived already.",
    lambda desk, link_id, why: desk.archive_link(link_id, why=why),
)
RESTORE = Switch(
    "Restore",
    "undo-2",
    "restored",
    "Their short URLs lead to their targets again, unless they have expired.",
    "None of them is archived.",
    lambda desk, link_id, why: desk.restore_link(link_id, why=why),
)


def plan(switch: Switch, links: Sequence[Link], filter_words: str) -> Plan:
    """Say what would be done to many, and by which filter they were found; it can be undone, so that Enter is enough."""
    named = ", ".join(link.slug for link in links[:_NAMED])
    more = f" and {count(len(links) - _NAMED)} more" if len(links) > _NAMED else ""
    scope = (f"Selected: {named}{more}.", f"Filter: {filter_words or 'none'}.")
    return Plan(f"{switch.verb} {plural(len(links), 'link')}?", switch.does, scope, switch.verb)


def switching(switch: Switch, links: Sequence[Link], why: str = "") -> Callable[[Desk], list[Result]]:
    """Give what does it to these links."""
    return lambda desk: [_switch(desk, switch, link, why) for link in links]


def _switch(desk: Desk, switch: Switch, link: Link, why: str) -> Result:
    try:
        change = switch.call(desk, link.link_id, why)
    except SignalboxError as error:
        return Result(link.slug, ok=False, text=one_line(str(error)))
    return Result(
        link.slug, ok=True, text=switch.done if change.event_id else f"it was {switch.done} already"
    )


def done_of(switch: Switch, links: Sequence[Link], results: Sequence[Result]) -> tuple[Link, ...]:
    """Give the links that are other than before: what an undo is about."""
    return tuple(
        link for link, result in zip(links, results, strict=True) if result.ok and result.text == switch.done
    )


def outcome(switch: Switch, results: Sequence[Result]) -> str:
    """Say what came of all of them, in one line."""
    left = [result for result in results if result.text != switch.done]
    if not left:
        return f"{results[0].name if len(results) == 1 else plural(len(results), 'link')} {switch.done}"
    first = f"{left[0].name}: {left[0].text}"
    if len(results) > 1:
        return f"{count(len(results) - len(left))} of {plural(len(results), 'link')} {switch.done}. {first}"
    return first if left[0].ok else f"{left[0].name} not {switch.done}: {left[0].text}"
