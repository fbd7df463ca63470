"""The columns of the Links page. A line that is not read yet says so by three dots."""

from collections.abc import Callable
from typing import Any

from core.operating.links.book import LinkRow
from core.operating.links.roll import LinkSort
from gui.formatting import moment
from gui.links.lines import Line
from gui.links.words import (
    clicks_text,
    clicks_words,
    standing_lines,
    standing_text,
    state_mark,
    tags_text,
)
from gui.parts.table_columns import RIGHT, TableColumn

_NOT_READ = "…"
_TIME = len("2026-01-01 00:00:00")


def _of(say: Callable[[LinkRow], str]) -> Callable[[Line], str]:
    return lambda line: _NOT_READ if line.row is None else say(line.row)


def _by_the_book(_line: Line) -> Any:
    """Mark a column as one that the roll can be sorted by; lines themselves are never sorted here."""
    return 0


def _state_picture(line: Line) -> str:
    return "" if line.row is None else state_mark(line.row.state)[0]


def _state_colour(line: Line) -> str:
    return "muted" if line.row is None else state_mark(line.row.state)[1]


def _target(row: LinkRow) -> str:
    title, target = row.link.title, row.link.target_url.partition("://")[2]
    return f"{title} · {target}" if title else target


#: The column whose cells are painted as marks.
DOTS = 1
COLUMNS = (
    TableColumn(
        "Slug",
        _of(lambda row: row.link.slug),
        _of(lambda row: row.link.short_url),
        width=104,
        sort=_by_the_book,
        code=True,
    ),
    TableColumn("Consumers", _of(standing_text), _of(standing_lines), width=130),
    TableColumn("State", _of(lambda row: row.state), width=102, colour=_state_colour, picture=_state_picture),
    TableColumn("Clicks", _of(clicks_text), _of(clicks_words), width=72, align=RIGHT, sort=_by_the_book),
    TableColumn("Title and target", _of(_target), _of(lambda row: row.link.target_url), width=258),
    TableColumn("Tags", _of(lambda row: tags_text(row.link.tags)), width=104),
    TableColumn("Team", _of(lambda row: row.link.team), width=78),
    TableColumn(
        "Created",
        _of(lambda row: moment(row.link.created_at)[:_TIME]),
        _of(lambda row: f"{moment(row.link.created_at)} by {row.link.created_by}"),
        width=156,
        sort=_by_the_book,
    ),
)
#: What the roll is sorted by, by the title of a column.
SORTS = {"Slug": LinkSort.SLUG, "Clicks": LinkSort.CLICKS, "Created": LinkSort.CREATED}
