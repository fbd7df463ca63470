"""What the Links page asks of the desk. No Qt here; each is called in another thread."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.operating.desk import Desk
from core.operating.links.book import LinkDetail, LinkRow
from core.operating.links.roll import LinkQuery, LinkRoll, LinkSort
from gui.links.lines import Listing, listing

#: Links that are shown at once, before the rest of the roll is read.
FIRST = 200


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be filtered by: the tags that most links have, the teams, and the consumers."""

    tags: tuple[str, ...]
    teams: tuple[str, ...]
    consumers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class News:
    """What can be told of the links that are in sight, and how many have come that are not in the roll."""

    rows: tuple[LinkRow, ...]
    newer: int
    #: Whether what is at the beginning of the roll is no longer what fits: journeys go on.
    is_stale: bool = False


def read_beginning(query: LinkQuery, desk: Desk) -> Listing:
    """Read the first links; all of them where they are sorted by what has no index."""
    if query.sort is LinkSort.CLICKS:
        return read_listing(query, desk)
    roll = desk.reading_room.links.rolls.roll(query, most=FIRST)
    return listing(roll, is_beginning=roll.is_cut)


def read_listing(query: LinkQuery, desk: Desk) -> Listing:
    """Read which links there are, all of them."""
    return listing(desk.reading_room.links.rolls.roll(query))


def read_news(roll: LinkRoll, link_ids: Sequence[str], desk: Desk) -> News:
    """Read what is in sight, and whether the roll is out of date."""
    book = desk.reading_room.links
    rows, newer = tuple(book.rows(link_ids)), book.rolls.count_newer(roll)
    if roll.query.journey is None:
        return News(rows, newer)
    now = book.rolls.roll(roll.query, most=FIRST).link_ids
    return News(rows, newer, is_stale=now != roll.link_ids[:FIRST])


def read_offers(desk: Desk) -> Offers:
    """Read what can be filtered by."""
    tags = tuple(each.tag for each in desk.reading_room.links.rolls.tags())
    return Offers(
        tags, tuple(sorted(team.name for team in desk.teams())), desk.reading_room.links.consumers()
    )


def read_detail(link_id: str, desk: Desk) -> LinkDetail:
    """Read all of one link."""
    return desk.reading_room.links.detail(link_id)
