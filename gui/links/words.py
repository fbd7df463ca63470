"""What is said of links: what each consumer has of one, what an edit changed, how tags are written. No Qt here."""

from collections.abc import Sequence

from core.operating.dead_letters.effects import Effect
from core.operating.events.handlings import Handling
from core.operating.links.book import LinkRow
from core.operating.links.figures import HourClicks
from core.operating.links.history import FieldChange, LinkEdit
from core.operating.links.journey_filter import JourneyFilter
from core.operating.links.roll import LinkState
from core.operating.links.standings import Standing
from gui.formatting import UNKNOWN, clock, count, milliseconds, moment, one_line, plural

#: The mark of what a consumer has: a shape and a colour, so that neither stands alone.
MARKS = {
    Effect.APPLIED: ("circle-check", "ok"),
    Effect.DEALT_WITH: ("check", "ok"),
    Effect.IGNORED: ("circle", "muted"),
    Effect.WAITING: ("clock", "warn"),
    Effect.PARKED: ("pause", "warn"),
    Effect.DEAD: ("circle-x", "bad"),
    Effect.DISCARDED: ("x", "muted"),
    Effect.UNKNOWN: ("circle-question-mark", "muted"),
}
_MORE = {
    Effect.DEALT_WITH: "its receipt was removed since",
    Effect.IGNORED: "not for it",
    Effect.WAITING: "it has not come to it yet",
    Effect.UNKNOWN: "its database can't be read now",
}
_STATES = {
    LinkState.LIVE: ("circle-check", "ok"),
    LinkState.ARCHIVED: ("archive", "muted"),
    LinkState.EXPIRED: ("timer", "warn"),
}
#: What links are filtered by, before the consumers are known.
JOURNEYS = ("failed", "unfinished")
_IN_CONSUMER = "unfinished in "
_FIELDS = {"target_url": "target", "title": "title", "tags": "tags"}


def journeys(consumers: Sequence[str]) -> tuple[str, ...]:
    """Name what links can be filtered by: what failed or is not applied anywhere, or is not applied by one consumer."""
    return (*JOURNEYS, *(_IN_CONSUMER + consumer for consumer in consumers))


def journey_of(choice: str) -> JourneyFilter | None:
    """Give what a name of `journeys` means; an empty one means any link."""
    if not choice:
        return None
    if choice.startswith(_IN_CONSUMER):
        return JourneyFilter(choice.removeprefix(_IN_CONSUMER))
    return JourneyFilter(failed=choice == "failed")


def tags_text(tags: Sequence[str]) -> str:
    """Write tags as people type them."""
    return ", ".join(tags)


def tags_of(text: str) -> tuple[str, ...]:
    """Read tags that somebody has typed."""
    return tuple(tag for tag in (part.strip() for part in text.split(",")) if tag)


def state_mark(state: LinkState) -> tuple[str, str]:
    """Give the icon of a link's state, and its colour."""
    return _STATES[state]


def handling_words(handling: Handling, created_at: float) -> str:
    """Say what a consumer has of a link's creation."""
    said = [f"{handling.effect}{' after it was dead' if handling.was_retried else ''}"]
    if handling.effect in _MORE:
        said[0] += f": {_MORE[handling.effect]}"
    if handling.is_again(created_at) and handling.effect is Effect.APPLIED:
        said.append(f"again by the rebuild at {clock(handling.rebuilt_at or 0.0)}")
    elif handling.at is not None and handling.effect is Effect.APPLIED:
        said.append(f"{milliseconds((handling.at - created_at) * 1_000)} after the creation")
    if handling.at is not None and handling.effect is Effect.PARKED:
        said.append(f"since {moment(handling.at)}")
    if handling.trouble is not None:
        said.append(one_line(handling.trouble.error.strip().split("\n", 1)[0]))
        if handling.trouble.next_attempt_at is not None:
            said.append(f"next attempt at {clock(handling.trouble.next_attempt_at)}")
    return ", ".join(said)


def standing_words(standing: Standing, created_at: float) -> str:
    """Say the worst that a consumer has of a link's events, and of which event; behind it what it has of the creation."""
    creation = handling_words(standing.creation, created_at)
    if standing.type_name is None:
        return creation
    said = [f"{standing.effect}: {standing.type_name.partition('.')[0]}"]
    if standing.events > 1:
        said[0] += f" and {count(standing.events - 1)} more"
    if standing.effect is Effect.WAITING:
        said.append("it has not come to it yet")
    if standing.error:
        said.append(one_line(standing.error.strip().split("\n", 1)[0]).rstrip("."))
    if standing.next_attempt_at is not None:
        said.append(f"next attempt at {clock(standing.next_attempt_at)}")
    return f"{', '.join(said)}; its creation: {creation}"


def standing_lines(row: LinkRow) -> str:
    """Say how a link stands with each consumer, a line each."""
    return "\n".join(
        f"{each.consumer}: {standing_words(each, row.link.created_at)}" for each in row.standings
    )


def standing_text(row: LinkRow) -> str:
    """Say the same in one line, without the figures."""
    return ", ".join(f"{each.consumer} {each.effect}" for each in row.standings)


def clicks_text(row: LinkRow) -> str:
    """Write the clicks of people."""
    return UNKNOWN if row.clicks is None else count(row.clicks.people)


def clicks_words(row: LinkRow) -> str:
    """Say who has clicked, and from where that is known."""
    if row.clicks is None:
        return "unknown: the analytics consumer has not come to this link, or can't be read now"
    bots = f", and {plural(row.clicks.bots, 'click')} by bots" if row.clicks.bots else ""
    return f"{plural(row.clicks.people, 'click')}{bots}"


def hours_words(hours: Sequence[HourClicks] | None) -> str:
    """Say in one sentence what the clicks of each hour come to."""
    if hours is None:
        return "Clicks per hour are unknown: the analytics consumer can't be read now."
    total, most = sum(hour.clicks for hour in hours), max((hour.clicks for hour in hours), default=0)
    span = plural(len(hours), "hour")
    return f"{plural(total, 'click')} of people in the last {span}, at most {count(most)} within one"


def edit_words(edit: LinkEdit) -> str:
    """Say who changed what, and why where that is known."""
    changes = "; ".join(_change_words(change) for change in edit.changes)
    return f"{edit.by}: {changes or 'nothing that is shown here'}" + (f" ({edit.why})" if edit.why else "")


def _change_words(change: FieldChange) -> str:
    if change.field == "archived_at":
        return "restored" if change.after is None else "archived"
    name, before, after = _FIELDS[change.field], change.before, change.after
    if change.field == "tags":
        before, after = tags_text(before), tags_text(after)
    return f"{name} {before or '(none)'} → {after or '(none)'}"
