"""How the commands on dead letters are told which ones are meant: by name, or by filters."""

import re
import time
from enum import StrEnum
from typing import Annotated

import typer

from core.commands.durations import parse_duration
from core.errors import NotFound
from core.operating.dead_letters.rows import Selection
from core.operating.desk import Desk

#: Positions below 0 are those of entries that somebody else wrote.
_PLACE = re.compile(r"(\d{1,9})/(-?\d{1,18})")


class State(StrEnum):
    """What `--state` takes."""

    DEAD = "dead"
    RETRYING = "retrying"
    APPLIED = "applied"
    DISCARDED = "discarded"
    ALL = "all"


Which = Annotated[
    list[str] | None,
    typer.Argument(metavar="EVENT_ID|CONSUMER PARTITION/POSITION", help="One dead letter by its name."),
]
ConsumerOption = Annotated[str | None, typer.Option(help="Only this consumer's.")]
LinkOption = Annotated[
    str | None, typer.Option("--link", "--key", help="Only of this link: its slug or id, the events' key.")
]
CauseOption = Annotated[str | None, typer.Option(help="Only with this text in the cause or the error.")]
ClassOption = Annotated[
    str | None, typer.Option("--class", help="Only poison, crash, operator or foreign ones.")
]
SinceOption = Annotated[str | None, typer.Option(help="Only those that failed within this time, such as 2h.")]


def selection(
    which: list[str] | None,
    *,
    consumer: str | None = None,
    link: str | None = None,
    cause: str | None = None,
    error_class: str | None = None,
    since: str | None = None,
    state: State = State.DEAD,
) -> Selection:
    """Put together what the options say; `link` stays as it was written, see `resolve`.

    Raises:
        typer.BadParameter: an option makes no sense.
    """
    event_id, place = None, None
    match which or []:
        case []:
            pass
        case [name]:
            event_id = name
        case [name, text] if consumer in (None, name) and (found := place_of(text)):
            consumer, place = name, found
        case _:
            raise typer.BadParameter("Name one dead letter: EVENT_ID, or CONSUMER PARTITION/POSITION.")
    return Selection(
        consumer=consumer,
        link_id=link,
        cause=cause,
        error_class=error_class,
        since=None if since is None else time.time() - parse_duration(since),
        event_id=event_id,
        place=place,
        state=state,
    )


def place_of(text: str) -> tuple[int, int] | None:
    """Read PARTITION/POSITION; None = it is something else."""
    found = _PLACE.fullmatch(text)
    return None if found is None else (int(found[1]), int(found[2]))


def link_id(desk: Desk, name: str | None) -> str | None:
    """Give the id of a link named by slug or id; a dead letter's link need not exist, so other names stay as they are."""
    if name is None:
        return None
    try:
        return desk.links.one(name).link_id
    except NotFound:
        return name
