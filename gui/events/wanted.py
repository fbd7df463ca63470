"""Which events an operator wants to see, as typed and chosen. No Qt here.

Typed is a text of the payload, and beside it `link:SLUG` or `trace:ID`; 32 hexadecimal digits alone are a trace.
"""

import re
from dataclasses import dataclass

from core.operating.events.browser import EventBrowser
from core.operating.events.pages import EventFilter

_NAMED = re.compile(r"(?i)\b(link|trace):(\S+)")
_TRACE = re.compile(r"[0-9a-fA-F]{32}")
#: A date, or hours and minutes; ids and places have neither.
_TIME = re.compile(r"\d{4}-\d\d-\d\d\b(?!-).*|[^:]*:.*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """All of it applies; empty = whatever."""

    type_name: str = ""
    #: A slug or an id.
    link: str = ""
    trace: str = ""
    text: str = ""

    def filter(self, browser: EventBrowser) -> EventFilter:
        """Put the filter together.

        Raises:
            InvalidInput: there is no such type, or the trace id is none.
            NotFound: there is no such link.
            StoreUnavailable: the links can't be read now.
        """
        return browser.filter(
            types=(self.type_name,) if self.type_name else (),
            link=self.link or None,
            trace=self.trace or None,
            text=self.text,
        )

    @property
    def needs_looking(self) -> bool:
        """Whether no index tells these events, so that others are looked at too."""
        return bool(self.type_name or self.text)

    @property
    def words(self) -> str:
        """Say which events these are."""
        parts = (
            f"of type {self.type_name}" if self.type_name else "",
            f"of link {self.link}" if self.link else "",
            f"of trace {self.trace}" if self.trace else "",
            f'with "{self.text}" in the payload' if self.text else "",
        )
        said = ", ".join(part for part in parts if part)
        return f"Only events {said}" if said else "All events"


def wanted(typed: str, type_name: str = "") -> Wanted:
    """Read what was typed; of a short URL the slug is taken."""
    named = {match[1].lower(): match[2] for match in _NAMED.finditer(typed)}
    text = " ".join(_NAMED.sub(" ", typed).split())
    if "trace" not in named and _TRACE.fullmatch(text):
        named["trace"], text = text, ""
    link = named.get("link", "").rstrip("/").rpartition("/")[2]
    return Wanted(type_name, link, named.get("trace", "").lower(), text)


def is_time(text: str) -> bool:
    """Tell whether somebody means a time, rather than an id or a place."""
    return _TIME.fullmatch(text.strip()) is not None
