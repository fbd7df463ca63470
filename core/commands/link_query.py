"""The options that choose links, the same for each command that takes some of them."""

from typing import Annotated

import typer

from core.operating.links.journey_filter import JourneyFilter
from core.operating.links.roll import LinkState

Tag = Annotated[str | None, typer.Option(help="Only with this tag.")]
Team = Annotated[str | None, typer.Option(help="Only of this team.")]
State = Annotated[LinkState | None, typer.Option(help="Only in this state.")]
Unfinished = Annotated[
    bool, typer.Option("--unfinished", help="Only with an event that a consumer has yet to apply.")
]
Failed = Annotated[bool, typer.Option("--failed", help="Only with an event that is dead or parked.")]
Consumer = Annotated[
    str | None, typer.Option(help="Of unfinished and failed: this consumer's; else anybody's.")
]


def journey_filter(*, unfinished: bool, failed: bool, consumer: str | None) -> JourneyFilter | None:
    """Give what these options mean; a consumer alone means what it has not finished."""
    if not (unfinished or failed or consumer):
        return None
    return JourneyFilter(consumer, failed=failed)
