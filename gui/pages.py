"""The pages there are, in the order of the rail. A page's module is loaded when the page is looked at for the first time.

To add one: a function that makes it, and its line in `PAGES`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from gui.page import Page, Tools
from gui.targets import Kind, Target


@dataclass(frozen=True, slots=True)
class Place:
    """A page that can be gone to."""

    title: str
    icon: str
    make: Callable[[Tools], Page]
    #: What it can show when somebody goes to an id; of several pages the first one is taken.
    takes: frozenset[Kind] = field(default_factory=frozenset)


def _overview(tools: Tools) -> Page:
    from gui.overview.page import OverviewPage  # noqa: PLC0415

    return OverviewPage(tools.theme, tools.bridge, tools.consumers)


def _links(tools: Tools) -> Page:
    from gui.links.page import LinksPage  # noqa: PLC0415

    return LinksPage(tools)


def _consumers(tools: Tools) -> Page:
    from gui.consumers.page import ConsumersPage  # noqa: PLC0415

    return ConsumersPage(tools)


def _events(tools: Tools) -> Page:
    from gui.events.page import EventsPage  # noqa: PLC0415

    return EventsPage(tools)


def _dead_letters(tools: Tools) -> Page:
    from gui.dead_letters.page import DeadLettersPage  # noqa: PLC0415

    return DeadLettersPage(tools)


def _journal(tools: Tools) -> Page:
    from gui.journal.page import ActsPage  # noqa: PLC0415

    return ActsPage(tools)


def _ledger(tools: Tools) -> Page:
    from gui.ledger.page import LedgerPage  # noqa: PLC0415

    return LedgerPage(tools)


def _trace(tools: Tools) -> Page:
    from gui.trace.page import TracePage  # noqa: PLC0415

    return TracePage(tools)


def _why(tools: Tools) -> Page:
    from gui.why.page import WhyPage  # noqa: PLC0415

    return WhyPage(tools)


def _settings(tools: Tools) -> Page:
    from gui.settings.page import SettingsPage  # noqa: PLC0415

    return SettingsPage(tools)


PAGES: tuple[Place, ...] = (
    Place("Overview", "layout-dashboard", _overview),
    Place("Links", "link", _links, frozenset({Kind.LINK})),
    Place("Consumers", "server", _consumers, frozenset({Kind.CONSUMER, Kind.OWN})),
    Place("Events", "activity", _events, frozenset({Kind.EVENT})),
    Place("Dead letters", "mail-x", _dead_letters, frozenset({Kind.DEAD_LETTERS, Kind.PARKED})),
    Place("Trace", "route", _trace, frozenset({Kind.LINK, Kind.EVENT, Kind.TRACE})),
    Place(
        "Why?",
        "circle-question-mark",
        _why,
        frozenset({Kind.QUESTION, Kind.LINK, Kind.EVENT, Kind.TRACE}),
    ),
    Place("Ledger", "scale", _ledger),
    Place("Journal", "scroll-text", _journal, frozenset({Kind.CONSUMER})),
    Place("Settings", "settings", _settings),
)


def place_for(kind: Kind) -> int | None:
    """Give the number of the page that shows such things; None = no page does."""
    return next((number for number, place in enumerate(PAGES) if kind in place.takes), None)


def place_of(target: Target) -> int | None:
    """Give the number of the page to go to for this; None = there is none."""
    if target.kind is Kind.PAGE:
        return next((number for number, place in enumerate(PAGES) if place.title == target.name), None)
    return place_for(target.kind)
