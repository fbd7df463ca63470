"""What an operator may want to go to: a consumer, a link, an event or a trace. No Qt here."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from core.errors import NotFound
from core.operating.desk import Desk

_TRACE = re.compile(r"[0-9a-f]{32}")
_WHY = "why "
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Kind(StrEnum):
    """The kinds of things that have an id; the values are what they are called."""

    CONSUMER = "consumer"
    #: What a consumer shows that others have not, such as webhook's endpoints; by the consumer's name.
    OWN = "consumer's own"
    LINK = "link"
    EVENT = "event"
    TRACE = "trace"
    #: Why something did not happen: a link, event or trace, and perhaps a consumer's name behind it.
    QUESTION = "question"
    #: A page, by its title.
    PAGE = "page"
    #: What a consumer has dead, or parked, by its name; empty = what all have.
    DEAD_LETTERS = "dead letters"
    PARKED = "parked links"


@dataclass(frozen=True, slots=True)
class Target:
    """One of them."""

    kind: Kind
    #: Its id; a consumer's name.
    name: str
    #: What it was called by whoever asked, such as a slug.
    called: str = ""


def find_target(desk: Desk, text: str, consumers: Collection[str]) -> Target:
    """Tell what somebody means by a link id, a slug, a short URL, an event id, a trace id or a consumer's name.

    With "why" before it, it is asked why something of it did not happen.

    Raises:
        NotFound: nothing is called that.
        StoreUnavailable: the links can't be read now.
    """
    called = text.strip()
    if called.lower().startswith(_WHY):
        return Target(Kind.QUESTION, called[len(_WHY) :].rstrip("? "), called)
    name = called.rstrip("/").rpartition("/")[2]
    if name in consumers:
        return Target(Kind.CONSUMER, name, called)
    if _TRACE.fullmatch(name.lower()):
        return Target(Kind.TRACE, name.lower(), called)
    try:
        return Target(Kind.LINK, desk.links.one(name).link_id, called)
    except NotFound:
        if _UUID.fullmatch(name.lower()):
            return Target(Kind.EVENT, name.lower(), called)
        raise NotFound(f"No consumer, link, event or trace is called {called[:60]!r}.") from None
