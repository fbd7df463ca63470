"""The clicks of links, as the analytics consumer has counted them. Column names are its own."""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import column, select, table

from core.errors import StoreUnavailable
from core.operating.open_books import OpenBooks

ANALYTICS = "analytics"
_HOUR_S = 3_600
#: Databases limit the values in one statement; links are looked up in pieces of this size.
_LOOK_UP_AT_ONCE = 500
_records = table("link_records", *(column(name) for name in ("link_id", "clicks", "bot_clicks")))
_hours = table("clicks_per_hour", *(column(name) for name in ("link_id", "hour", "clicks")))


@dataclass(frozen=True, slots=True)
class Clicks:
    """What a link's visitors were."""

    people: int
    bots: int


@dataclass(frozen=True, slots=True)
class HourClicks:
    """The clicks of people within one hour."""

    #: When the hour begins, in Unix seconds.
    at: float
    clicks: int


def all_clicks(books: OpenBooks) -> dict[str, int]:
    """Give the clicks of people by link; links that the consumer has not seen yet are left out.

    Raises:
        StoreUnavailable: they can't be read now.
    """
    with books.reading(ANALYTICS, _records.name) as db:
        if db is None:
            return {}
        return {row[0]: row[1] for row in db.execute(select(_records.c.link_id, _records.c.clicks))}


def clicks_of(books: OpenBooks, link_ids: Collection[str]) -> dict[str, Clicks]:
    """Give the clicks of some links; those that the consumer has not seen yet, or that can't be read now, are left out."""
    found: dict[str, Clicks] = {}
    listed = list(link_ids)
    try:
        with books.reading(ANALYTICS, _records.name) as db:
            if db is None:
                return {}
            for start in range(0, len(listed), _LOOK_UP_AT_ONCE):
                piece = listed[start : start + _LOOK_UP_AT_ONCE]
                asked = db.execute(select(_records).where(_records.c.link_id.in_(piece)))
                found.update({row.link_id: Clicks(row.clicks, row.bot_clicks) for row in asked})
    except StoreUnavailable:
        return {}
    return found


def clicks_per_hour(
    books: OpenBooks, link_id: str, *, since: float, until: float | None = None
) -> tuple[HourClicks, ...] | None:
    """Give the clicks of each hour from `since` to now, oldest first; None = they can't be read now."""
    end = time.time() if until is None else until
    begin = since // _HOUR_S * _HOUR_S
    asked = select(_hours.c.hour, _hours.c.clicks).where(
        _hours.c.link_id == link_id, _hours.c.hour >= _name(begin)
    )
    try:
        with books.reading(ANALYTICS, _hours.name) as db:
            if db is None:
                counted: dict[str, int] = {}
            else:
                counted = {row.hour: row.clicks for row in db.execute(asked)}
    except StoreUnavailable:
        return None
    hours = [begin + number * _HOUR_S for number in range(int((end - begin) // _HOUR_S) + 1)]
    return tuple(HourClicks(at, counted.get(_name(at), 0)) for at in hours)


def _name(at: float) -> str:
    """Name an hour as the consumer does."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H")
