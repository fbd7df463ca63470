"""What somebody asks: an id or a name, and perhaps the one consumer that is meant; and what was asked lately. No Qt here."""

import json
from collections.abc import Collection
from dataclasses import dataclass

#: So many of the last questions are kept.
_RECENT = 8
_LONGEST = 300
#: Words that a question is made of, and that name nothing.
_FILLING = frozenset(
    "a an and any are at been by code did didn't do does doesn't event fire fired for from get go got had happen "
    "happened has hasn't have i in is isn't it its link my never no not of on qr-code sent tell that the there this "
    "to told trace was wasn't what why with yet".split()
)


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
    """Read what was typed, such as "8kq2m3x" or "why did the webhook of 8kq2m3x not fire?"; None = nothing was."""
    words = text[:_LONGEST].rstrip("? ").split()
    if len(words) > 1 and words[0].lower().rstrip("?") == "why":
        words = words[1:]
    meant = [word for word in words if word.lower() not in _FILLING]
    names = [word for word in meant if word.lower() not in consumers]
    named = [word.lower() for word in meant if word.lower() in consumers]
    if names and len(named) <= 1:
        return Question(" ".join(names), named[0] if named else None)
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
