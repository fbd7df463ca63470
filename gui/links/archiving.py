"""Archiving links: what is asked before, and what came of each."""

from collections.abc import Callable, Sequence

from core.errors import SignalboxError
from core.operating.desk import Desk
from core.producing.link_list import Link
from gui.formatting import count, one_line
from gui.parts.act_dialog import Plan, Result

#: Links archived at once at most, each in a transaction of its own.
MOST = 200
_DOES = "Their short URLs lead nowhere from then on, their slugs stay taken. Nothing brings a link back from the archive."
_DOES_ONE = "Its short URL leads nowhere from then on, its slug stays taken. Nothing brings a link back from the archive."


def archive_plan(links: Sequence[Link], filter_words: str) -> Plan:
    """Say what would be archived, and by which filter the links were found."""
    if len(links) == 1:
        (link,) = links
        where = f"{link.short_url} leads to {link.target_url}"
        return Plan(f"Archive {link.slug}?", _DOES_ONE, (where,), "Archive", "archive")
    named = ", ".join(link.slug for link in links[:5])
    more = f" and {count(len(links) - 5)} more" if len(links) > 5 else ""
    scope = (f"Selected: {named}{more}.", f"Filter: {filter_words or 'none'}.")
    return Plan(f"Archive {count(len(links))} links?", _DOES, scope, "Archive", "archive")


def archiving(links: Sequence[Link]) -> Callable[[Desk], list[Result]]:
    """Give what archives these links."""
    return lambda desk: [_archive(desk, link) for link in links]


def _archive(desk: Desk, link: Link) -> Result:
    try:
        change = desk.archive_link(link.link_id)
    except SignalboxError as error:
        return Result(link.slug, ok=False, text=one_line(str(error)))
    return Result(link.slug, ok=True, text="archived" if change.event_id else "it was archived already")
