"""Which links a table shows, in which order: read once, so that rows stay where they are until the table asks again.

A roll is only ids. What stands in the rows is read for those that are seen.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, TableValuedAlias, cast, func, or_, select, true
from sqlalchemy.dialects.postgresql import JSONB

from core.consuming.controls import Controls
from core.operating.installation import Installation
from core.operating.links.figures import all_clicks
from core.operating.links.journey_filter import JourneyFilter, unfinished
from core.operating.open_books import OpenBooks
from core.producing.tables import links, teams

#: Links that one roll has at most: some 20 MB.
MOST_LINKS = 250_000
#: For those who take all of them.
_NO_LIMIT = 2**31


class LinkState(StrEnum):
    """What becomes of a visitor; the values are the words that people read."""

    LIVE = "live"
    ARCHIVED = "archived"
    EXPIRED = "expired"


class LinkSort(StrEnum):
    """What links are sorted by."""

    CREATED = "created"
    CLICKS = "clicks"
    SLUG = "slug"


@dataclass(frozen=True, slots=True)
class LinkQuery:
    """Which links are meant, and in which order; None or "" = whatever."""

    #: A part of slug, target or title, whatever the case of its ASCII letters.
    search: str = ""
    tag: str | None = None
    #: The team's name.
    team: str | None = None
    state: LinkState | None = None
    journey: JourneyFilter | None = None
    sort: LinkSort = LinkSort.CREATED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class LinkRoll:
    """The ids of some links in the order of a table."""

    query: LinkQuery
    link_ids: tuple[str, ...]
    #: Whether there are more links than a roll takes: the last ones are missing, of those sorted by clicks the oldest.
    is_cut: bool
    taken_at: float
    #: When the newest of all links was created, whether it fits or not.
    newest_at: float


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many links have it."""

    tag: str
    links: int


class LinkRolls:
    """Reads the rolls of one installation."""

    def __init__(self, installation: Installation, books: OpenBooks) -> None:
        self._books = books
        self._database = installation.links
        self._controls = Controls(installation.control)
        self._partitions = installation.settings.partitions

    def roll(self, query: LinkQuery, *, most: int = MOST_LINKS) -> LinkRoll:
        """Read which links fit, in order. With a small `most`, unless sorted by clicks, it is there at once.

        Raises:
            StoreUnavailable: the links, or the clicks to sort by, can't be read now.
        """
        now, by = time.time(), query.sort
        with self._database.reading() as db:
            newest_at = db.scalar(select(func.max(links.c.created_at))) or 0.0
            statement = select(links.c.link_id).where(*self._conditions(db, query, now))
            found = list(db.scalars(statement.order_by(_order(query)).limit(most + 1)))
        is_cut = len(found) > most
        del found[most:]
        if by is LinkSort.CLICKS:
            clicks = all_clicks(self._books)
            found.sort(key=lambda link_id: clicks.get(link_id, 0), reverse=query.descending)
        return LinkRoll(query, tuple(found), is_cut, now, newest_at)

    def every_id(self, query: LinkQuery, *, at_once: int) -> Iterator[tuple[str, ...]]:
        """Give all links that fit, in order and a piece at a time, however many they are; no link twice.

        What is created meanwhile may be among them. To sort by clicks, all ids are held at once: some 100 MB a million.

        Raises:
            StoreUnavailable: the links, or the clicks to sort by, can't be read now.
        """
        if query.sort is LinkSort.CLICKS:
            link_ids = self.roll(query, most=_NO_LIMIT).link_ids
            yield from (link_ids[start : start + at_once] for start in range(0, len(link_ids), at_once))
            return
        now = time.time()
        last: tuple[str, Any] | None = None
        column = _column(query)
        while True:
            with self._database.reading() as db:
                statement = select(links.c.link_id, column).where(*self._conditions(db, query, now))
                if last is not None:
                    statement = statement.where(*_behind(query, last))
                rows = db.execute(statement.order_by(_order(query), links.c.link_id).limit(at_once)).all()
            if not rows:
                return
            yield tuple(row[0] for row in rows)
            last = rows[-1].link_id, rows[-1][1]

    def count(self, query: LinkQuery) -> int:
        """Count the links that fit.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        with self._database.reading() as db:
            conditions = self._conditions(db, query, time.time())
            return db.scalar(select(func.count()).select_from(links).where(*conditions)) or 0

    def count_newer(self, roll: LinkRoll) -> int:
        """Count the links that would fit and were created after a roll was read.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        with self._database.reading() as db:
            conditions = self._conditions(db, roll.query, time.time())
            statement = select(func.count()).select_from(links)
            return db.scalar(statement.where(links.c.created_at > roll.newest_at, *conditions)) or 0

    def tags(self, *, most: int = 200) -> tuple[TagCount, ...]:
        """Give the tags that most links have, those first.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        with self._database.reading() as db:
            each = _each_tag(db)
            count = func.count().label("links")
            statement = select(each.c.value, count).select_from(links).join(each, true())
            rows = db.execute(
                statement.group_by(each.c.value).order_by(count.desc(), each.c.value).limit(most)
            )
            return tuple(TagCount(row.value, row.links) for row in rows)

    def _conditions(self, db: Connection, query: LinkQuery, now: float) -> list[ColumnElement[bool]]:
        conditions = [*_in_text(query.search), *_in_state(query.state, now)]
        if query.tag is not None:
            each = _each_tag(db)
            has_it = select(each.c.value).where(each.c.value == query.tag).correlate(links)
            conditions.append(has_it.exists())
        if query.team is not None:
            of_that_name = select(teams.c.team_id).where(teams.c.name == query.team).scalar_subquery()
            conditions.append(links.c.team_id == of_that_name)
        if query.journey is not None:
            consumers = self._controls.registered()
            conditions.append(unfinished(query.journey, self._books, consumers, self._partitions, db.dialect))
        return conditions


def state_of(archived_at: float | None, expires_at: float | None, now: float) -> LinkState:
    """Tell what becomes of a link's visitors."""
    if archived_at is not None:
        return LinkState.ARCHIVED
    return LinkState.EXPIRED if expires_at is not None and expires_at < now else LinkState.LIVE


def _order(query: LinkQuery) -> ColumnElement[Any]:
    """Give the order that an index has; clicks are elsewhere, so that the newest links are sorted by them."""
    if query.sort is LinkSort.CLICKS:
        return links.c.created_at.desc()
    return _column(query).desc() if query.descending else _column(query).asc()


def _column(query: LinkQuery) -> Column[Any]:
    return links.c.slug_key if query.sort is LinkSort.SLUG else links.c.created_at


def _behind(query: LinkQuery, last: tuple[str, Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Say which links come after one, given by its id and what is sorted by: a part that an index tells, then the rest."""
    link_id, value = last
    column = _column(query)
    beyond = column < value if query.descending else column > value
    not_before = column <= value if query.descending else column >= value
    return not_before, or_(beyond, links.c.link_id > link_id)


def _in_text(search: str) -> list[ColumnElement[bool]]:
    if not search:
        return []
    places = (links.c.slug, links.c.target_url, links.c.title)
    return [or_(*(place.icontains(search, autoescape=True) for place in places))]


def _in_state(state: LinkState | None, now: float) -> list[ColumnElement[bool]]:
    is_archived, is_expired = links.c.archived_at.is_not(None), links.c.expires_at < now
    match state:
        case None:
            return []
        case LinkState.ARCHIVED:
            return [is_archived]
        case LinkState.EXPIRED:
            return [~is_archived, is_expired]
        case LinkState.LIVE:
            return [~is_archived, or_(links.c.expires_at.is_(None), links.c.expires_at >= now)]


def _each_tag(db: Connection) -> TableValuedAlias:
    """Give a link's tags, a row each."""
    if db.dialect.name == "postgresql":
        return func.jsonb_array_elements_text(cast(links.c.tags, JSONB)).table_valued("value")
    return func.json_each(links.c.tags).table_valued("value")
