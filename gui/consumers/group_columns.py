"""The columns of the table of all groups."""

from collections.abc import Callable
from typing import Any

from core.operating.snapshot import ConsumerState
from gui.consumers.groups import Group, done_in, owner_words, weight_of
from gui.formatting import count, duration, rate
from gui.parts.health import tone_of
from gui.parts.table_columns import RIGHT, TableColumn
from gui.tokens import Tone

_PICTURES = {
    ConsumerState.FAILING: "circle-x",
    ConsumerState.STOPPED: "square",
    ConsumerState.CATCHING_UP: "hourglass",
    ConsumerState.PAUSED: "pause",
    ConsumerState.PAUSING: "pause",
    ConsumerState.RUNNING: "circle-check",
}
_COLOURS = {Tone.OK: "ok", Tone.WARN: "warn", Tone.BAD: "bad", Tone.NEUTRAL: "muted"}
_NEVER = float("inf")


def _is_uneasy(group: Group) -> bool:
    """Whether it runs, and something goes wrong behind it all the same."""
    return group.is_warned and group.state is ConsumerState.RUNNING


def _lag_colour(group: Group) -> str:
    """Colour says direction, not size."""
    if group.lag is None:
        return "faint"
    return {1: "warn", -1: "ok", 0: "text"}[group.direction]


def _lag_words(group: Group) -> str:
    return count(group.lag) + {1: " ↑", -1: " ↓", 0: ""}[group.direction]


def _lag_tip(group: Group) -> str:
    if group.lag is None:
        return "The lag is unknown: published or dealt with could not be read."
    grows = {1: " It is growing.", -1: " It is going down.", 0: ""}[group.direction]
    return f"{count(group.lag)} published events are not dealt with, counted by our own books.{grows}"


def _colour_if(name: str, colour: str) -> Callable[[Group], str]:
    """Colour a count that should be 0."""

    def colour_of(group: Group) -> str:
        value = getattr(group, name)
        return "faint" if value is None else colour if value else "muted"

    return colour_of


def _by(name: str) -> Callable[[Group], Any]:
    """Sort by a figure; unknown comes last."""

    def key(group: Group) -> tuple[bool, Any]:
        value = getattr(group, name)
        return value is None, value if value is not None else 0

    return key


def _figure(title: str, name: str, width: int, tip: str, *, colour: str = "") -> TableColumn:
    return TableColumn(
        title,
        lambda group: count(getattr(group, name)),
        lambda group: tip if getattr(group, name) is not None else f"{title}: it can't be read now.",
        align=RIGHT,
        width=width,
        sort=_by(name),
        colour=_colour_if(name, colour) if colour else None,
    )


def _rate(title: str, name: str, tip: str) -> TableColumn:
    return TableColumn(
        title,
        lambda group: rate(getattr(group, name)),
        lambda _group: tip,
        align=RIGHT,
        width=66,
        sort=_by(name),
    )


COLUMNS = (
    TableColumn("Consumer", lambda group: group.name, width=112, sort=lambda group: group.name),
    TableColumn(
        "State",
        lambda group: group.state.value,
        lambda group: group.reason,
        width=120,
        sort=weight_of,
        colour=lambda group: "warn" if _is_uneasy(group) else _COLOURS[tone_of(group.state)],
        picture=lambda group: "triangle-alert" if _is_uneasy(group) else _PICTURES[group.state],
    ),
    TableColumn("Lag", _lag_words, _lag_tip, align=RIGHT, width=84, sort=_by("lag"), colour=_lag_colour),
    TableColumn(
        "Oldest waiting",
        lambda group: "-" if group.lag == 0 else duration(group.oldest_age_s),
        lambda _group: "How long ago the oldest event was committed that is published and not dealt with.",
        align=RIGHT,
        width=112,
        sort=_by("oldest_age_s"),
    ),
    _figure("In flight", "in_flight", 76, "Delivered by the broker and not acknowledged yet."),
    _figure("Parked", "parked", 72, "They wait after a failure, and are tried again.", colour="warn"),
    _figure("Dead", "dead", 64, "Given up on: kept until somebody decides.", colour="bad"),
    _rate("In / s", "rate_in", "Published a second, over the last seconds."),
    _rate("Out / s", "rate_out", "Dealt with a second, over the last seconds."),
    TableColumn(
        "Done in",
        done_in,
        lambda group: "When the lag is gone at the present rates." if group.lag else "Nothing waits.",
        align=RIGHT,
        width=124,
        sort=lambda group: _NEVER if group.drain_s is None and group.lag else group.drain_s or 0.0,
    ),
    TableColumn(
        "Workers",
        owner_words,
        lambda group: "\n".join(group.workers) or "Nobody runs it: main.py worker starts one.",
        width=120,
        sort=lambda group: group.workers,
        colour=lambda group: "text" if group.workers else "bad",
    ),
)
