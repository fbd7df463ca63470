"""What an act on dead letters will touch, as text and as an object."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from core.commands.dead_texts import new_table, plain, slug_of
from core.operating.dead_letter_rows import DeadLetter
from core.operating.dead_letters import Affected
from core.operating.effects import Effect

#: What the consumer itself will do, by the act.
_OWN_WORDS = {"retry": "will run", "discard": "never will run", "edit": "will run the new event"}
#: Of one consumer, of several.
_WORDS = {
    Effect.APPLIED: ("has it", "have it"),
    Effect.IGNORED: ("passes it by", "pass it by"),
    Effect.WAITING: ("has not come to it", "have not come to it"),
    Effect.PARKED: ("has it parked", "have it parked"),
    Effect.DEAD: ("has it dead", "have it dead"),
    Effect.DISCARDED: ("has given it up", "have given it up"),
    Effect.DEALT_WITH: ("is past it", "are past it"),
    Effect.UNKNOWN: ("can't be asked now", "can't be asked now"),
}


def preview_lines(act: str, affected: Sequence[Affected]) -> list[str]:
    """Say how many an act will touch, and whose."""
    if not affected:
        return ["No dead letter is selected."]
    counts = Counter(one.letter.consumer for one in affected)
    whose = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
    links = len({one.letter.event.link_id for one in affected})
    return [
        f"{act}: {_counted(len(affected), 'dead letter')} of {_counted(links, 'link')}; consumers: {whose}"
    ]


def preview_table(act: str, affected: Sequence[Affected]) -> Table:
    """Show each dead letter with the effects that its event has elsewhere."""
    table = new_table("Consumer", "Place", "Link", "Type", "Effects", fold=("Effects",))
    for one in affected:
        event = one.letter.event
        table.add_row(
            one.letter.consumer,
            one.letter.place,
            Text(plain(slug_of(event))),
            Text(plain(event.type)),
            Text(effect_words(act, one)),
        )
    return table


def effect_words(act: str, one: Affected) -> str:
    """Say in one sentence who has the event and who will run, such as `qr, billing have it; webhook will run`."""
    parts = []
    for effect, (of_one, of_several) in _WORDS.items():
        names = [name for name, found in one.effects.items() if found is effect]
        if names:
            parts.append(f"{', '.join(names)} {of_one if len(names) == 1 else of_several}")
    if one.replacement is not None:
        parts.append(f"{one.letter.consumer} has {one.replacement} in its place")
    else:
        parts.append(f"{one.letter.consumer} {_OWN_WORDS[act]}")
    if one.behind:
        parts.append(
            f"{_counted(one.behind, 'event')} of the link {'waits' if one.behind == 1 else 'wait'} there"
        )
    return "; ".join(parts)


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


def edit_lines(letter: DeadLetter, text: bytes) -> list[str]:
    """Say which fields an edit changes, from what to what; the text fits the event's schema."""
    try:
        before = json.loads(letter.event.data_json)
    except ValueError:
        before = {}
    after = json.loads(text)
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        return ["The data stays as it is."]
    return [plain(f"{name}: {_json(before.get(name))} -> {_json(after.get(name))}") for name in names]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
