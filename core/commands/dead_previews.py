"""What an act on dead letters will touch, as text and as an object."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import RenderableType

from core.commands.dead_texts import plain
from core.commands.text_table import Column, Fit, text_table
from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.words import effect_words, touched
from core.operating.links.slugs import slug_of

_COLUMNS = (
    Column("Consumer"),
    Column("Place"),
    Column("Link", Fit.MIDDLE, 10),
    Column("Type"),
    Column("Effects", Fit.WORDS, 20),
)


def preview_lines(act: str, affected: Sequence[Affected]) -> list[str]:
    """Say how many an act will touch, and whose."""
    if not affected:
        return ["No dead letter is selected."]
    return [f"{act}: {touched(affected)}"]


def preview_table(act: str, affected: Sequence[Affected], width: int) -> RenderableType:
    """Show each dead letter with the effects that its event has elsewhere."""
    rows = [
        (
            one.letter.consumer,
            one.letter.place,
            plain(slug_of(one.letter.event)),
            plain(one.letter.event.type),
            effect_words(act, one),
        )
        for one in affected
    ]
    return text_table(_COLUMNS, rows, width)


def preview_object(act: str, affected: Sequence[Affected]) -> dict[str, Any]:
    """Write a preview as an object."""
    return {
        "act": act,
        "count": len(affected),
        "consumers": dict(Counter(one.letter.consumer for one in affected)),
        "links": sorted({one.letter.event.link_id for one in affected}),
        "rows": [
            {
                "consumer": one.letter.consumer,
                "event_id": one.letter.event.event_id,
                "place": one.letter.place,
                "link_id": one.letter.event.link_id,
                "type": one.letter.event.type,
                "effects": one.effects,
                "behind": one.behind,
                "replacement": one.replacement,
            }
            for one in affected
        ],
    }
