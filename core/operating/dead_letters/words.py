"""What an act on dead letters will touch, in words: who has the event, who will run, and what an edit changes."""

import json
from collections import Counter
from collections.abc import Sequence

from core.operating.dead_letters.acts import Affected
from core.operating.dead_letters.effects import Effect
from core.operating.dead_letters.rows import DeadLetter

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


def touched(affected: Sequence[Affected]) -> str:
    """Say how many an act will touch, and whose."""
    counts = Counter(one.letter.consumer for one in affected)
    whose = ", ".join(f"{name} ({count:,})" for name, count in counts.items())
    links = len({one.letter.event.link_id for one in affected})
    return f"{counted(len(affected), 'dead letter')} of {counted(links, 'link')}; consumers: {whose}"


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
            f"{counted(one.behind, 'event')} of the link {'waits' if one.behind == 1 else 'wait'} there"
        )
    return "; ".join(parts)


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
    return [f"{name}: {_json(before.get(name))} -> {_json(after.get(name))}" for name in names]


def counted(count: int, noun: str) -> str:
    """Write a counted noun, such as "1 event" or "12 events"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
