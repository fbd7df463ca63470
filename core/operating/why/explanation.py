"""What is given to whoever asked why: the events that were meant, and an answer for each of them and each consumer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.operating.why.answer import Answer
from core.operating.why.facts import EventFacts
from core.operating.why.finding import Kind


@dataclass(frozen=True, slots=True)
class Explained:
    """One event, and the answers by consumer in display order."""

    event: EventFacts
    answers: Mapping[str, Answer]


@dataclass(frozen=True, slots=True)
class Explanation:
    """All answers to one question."""

    asked: str
    kind: Kind
    link_id: str | None
    slug: str | None
    #: The oldest first.
    events: tuple[Explained, ...]
    #: Events that were meant as well and were not looked at.
    left_out: int
    #: The answer where no event was found; else None.
    answer: Answer | None
    #: When it was looked, and how long that took.
    looked_at: float
    took_ms: float

    def to_json(self) -> dict[str, Any]:
        """Give it as it is printed with --json."""
        return {
            "asked": self.asked,
            "kind": self.kind.value,
            "link_id": self.link_id,
            "slug": self.slug,
            "events": [_event(one) for one in self.events],
            "left_out": self.left_out,
            "answer": None if self.answer is None else self.answer.to_json(),
            "looked_at": self.looked_at,
            "took_ms": round(self.took_ms, 1),
        }


def _event(one: Explained) -> dict[str, Any]:
    names = "event_id type link_id trace_id committed_at partition position published_at origin audience"
    return {
        **{name: getattr(one.event, name) for name in names.split()},
        "position": one.event.position or None,
        "consumers": {name: answer.to_json() for name, answer in one.answers.items()},
    }
