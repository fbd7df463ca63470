"""Links as files for other programs. A cell that a spreadsheet would take for a formula is written as text."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.events.times import rfc3339
from core.operating.links.figures import Clicks
from core.operating.links.roll import LinkState
from core.producing.link_list import Link

#: Links read and written at once.
AT_ONCE = 500
#: What a cell must not begin with; spreadsheets also skip blanks before it.
_FORMULA = ("=", "+", "-", "@")
_CONTROLS = ("\t", "\r", "\n")
_TIMES = ("created_at", "updated_at", "expires_at", "archived_at")
_COLUMNS = (
    "link_id slug short_url target_url title tags team state clicks bot_clicks "
    "created_at created_by updated_at expires_at archived_at"
).split()


class Form(StrEnum):
    """Forms of a file."""

    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LinkLine:
    """What a file has of one link."""

    link: Link
    state: LinkState
    #: None = not counted yet, or they can't be read now.
    clicks: Clicks | None


def pieces(
    link_ids: Iterable[Sequence[str]],
    form: Form,
    read: Callable[[Sequence[str]], list[LinkLine]],
    progress: Callable[[int], None],
) -> Iterator[tuple[str, int]]:
    """Give a file in pieces, each with the number of links in it; `read` reads some of them.

    The ids come in pieces, too, so that nobody has to hold all of them.
    """
    yield (f"{_csv_line(_COLUMNS)}" if form is Form.CSV else "["), 0
    written = 0
    for some in link_ids:
        lines = read(some)
        if form is Form.CSV:
            yield "".join(_csv_line(_cells(line)) for line in lines), len(lines)
        else:
            objects = [json.dumps(_object(line), ensure_ascii=False) for line in lines]
            yield "".join(_json_item(text, written + at) for at, text in enumerate(objects)), len(lines)
        written += len(lines)
        progress(written)
    if form is Form.JSON:
        yield "\n]\n", 0


def _json_item(text: str, number: int) -> str:
    return f"{',' if number else ''}\n{text}"


def _object(line: LinkLine) -> dict[str, object]:
    link, clicks = line.link, line.clicks
    found = {name: getattr(link, name, None) for name in _COLUMNS}
    found |= {"state": line.state, "clicks": None, "bot_clicks": None}
    if clicks is not None:
        found |= {"clicks": clicks.people, "bot_clicks": clicks.bots}
    times = {name: found[name] for name in _TIMES}
    return {**found, **{name: None if at is None else rfc3339(at) for name, at in times.items()}}


def _cells(line: LinkLine) -> list[str]:
    cells = {**_object(line), "tags": ", ".join(line.link.tags)}
    return [_harmless(cells[name]) for name in _COLUMNS]


def _harmless(value: object) -> str:
    text = "" if value is None else str(value)
    is_formula = text.lstrip().startswith(_FORMULA) or text.startswith(_CONTROLS)
    return f"'{text}" if is_formula else text


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow(cells)
    return text.getvalue()
