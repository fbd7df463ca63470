"""Where in an event's data a text is that was looked for, so that its row says why it is there. No Qt here."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gui.formatting import one_line

#: Characters that are kept before and behind the text; the cell cuts further.
_BEFORE, _BEHIND = 80, 160
#: The same for the tip.
_TIP = 600


@dataclass(frozen=True, slots=True)
class Match:
    """An excerpt, and from where to where in it the text is; `whole` has more of what is around."""

    text: str
    begin: int
    end: int
    whole: str


def match_in(raw: str, payload: Any, wanted: str) -> Match | None:
    """Find a text, whatever the case of its letters: in the value of a field, or else in the JSON as it is stored."""
    if not wanted:
        return None
    looked_for = re.compile(re.escape(wanted), re.IGNORECASE)
    for name, value in _fields(payload):
        found = looked_for.search(value)
        if found is not None:
            return _excerpt(f"{name}: ", value, found.start(), found.end())
    found = looked_for.search(raw)
    return None if found is None else _excerpt("", raw, found.start(), found.end())


def spots(text: str, wanted: str, most: int) -> list[tuple[int, int]]:
    """Give from where to where a text is in another one, at most so many times."""
    if not wanted:
        return []
    every = re.finditer(re.escape(wanted), text, re.IGNORECASE)
    return [found.span() for found, _ in zip(every, range(most), strict=False)]


def _fields(payload: Any) -> Iterator[tuple[str, str]]:
    for name, value in payload.items() if isinstance(payload, dict) else ():
        yield str(name), one_line(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))


def _excerpt(name: str, value: str, begin: int, end: int) -> Match:
    text, at = _around(value, begin, end, _BEFORE, _BEHIND)
    whole, _ = _around(value, begin, end, _TIP, _TIP)
    shift = len(name) + at
    return Match(f"{name}{text}", shift, shift + end - begin, f"{name}{whole}")


def _around(value: str, begin: int, end: int, before: int, behind: int) -> tuple[str, int]:
    """Cut what is further away than that; gives the excerpt, and where in it the text begins."""
    first, last = max(0, begin - before), min(len(value), end + behind)
    head, tail = "…" if first else "", "…" if last < len(value) else ""
    return f"{head}{value[first:last]}{tail}", len(head) + begin - first
