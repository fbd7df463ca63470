"""What somebody asks: an id or a name, and perhaps the one consumer that is meant; and what was asked lately. No Qt here."""

import json
from collections.abc import Collection
from dataclasses import dataclass

#: So many of the last questions are kept.
_RECENT = 8
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    #: A link's slug, address or id, an event's id, or a trace's.
    name: str
    #: None = all consumers.
    consumer: str | None = None

    @property
    def text(self) -> str:
        """The question as it can be typed."""
        return self.name if self.consumer is None else f"{self.name} {self.consumer}"


def read_question(text: str, consumers: Collection[str]) -> Question | None:
    """Read what was typed, such as "8kq2m3x" or "why 8kq2m3x webhook?"; None = nothing was."""
    words = text[:_LONGEST].rstrip("? ").split()
    if len(words) > 1 and words[0].lower().rstrip("?") == "why":
        words = words[1:]
    if len(words) > 1 and words[-1] in consumers:
        return Question(" ".join(words[:-1]), words[-1])
    return Question(" ".join(words)) if words else None


def with_newest(recent: tuple[str, ...], text: str) -> tuple[str, ...]:
    """Put a question before those that were asked earlier; the oldest ones are forgotten."""
    return (text, *(one for one in recent if one != text))[:_RECENT]


def read_recent(kept: str) -> tuple[str, ...]:
    """Read the questions that were kept; what can't be read was none."""
    try:
        found = json.loads(kept or "[]")
    except ValueError:
        return ()
    texts = found if isinstance(found, list) else []
    return tuple(text for text in texts if isinstance(text, str))[:_RECENT]


def write_recent(recent: tuple[str, ...]) -> str:
    """Write questions down so that `read_recent` gives them again."""
    return json.dumps(recent)
