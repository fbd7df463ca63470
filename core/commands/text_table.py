"""Tables that fit the terminal: columns shrink as they may, and where not even that helps each row becomes a block.

Nothing but what its column allows is ever cut, and no word is broken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from core.commands.fitting import elided, wrapped

#: Blanks between columns, and whether names stay in one line and nothing is cut; what comes later needs less room.
_WAYS = ((2, True), (2, False), (1, False))
#: Blanks before what belongs to a block, before a field's further lines, and between fields.
_INDENT, _FURTHER, _BETWEEN = "  ", "    ", "   "
Cell = str | Text


class Fit(Enum):
    """What a column may do where there is little room."""

    #: Nothing: figures, times, and what has to be typed again.
    WHOLE = auto()
    #: Use several lines.
    WORDS = auto()
    #: Cut its texts in their middle.
    MIDDLE = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    fit: Fit = Fit.WHOLE
    #: Characters that it needs at least, where its texts are longer.
    least: int = 12
    is_right: bool = False


def text_table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]], width: int) -> RenderableType:
    """Make a table for a terminal of so many characters, or blocks: the first cell, and below it each other by name."""
    texts = [[cell if isinstance(cell, Text) else Text(cell) for cell in row] for row in rows]
    for gap, is_roomy in _WAYS:
        widths = _widths(columns, texts, width - gap * (len(columns) - 1), is_roomy=is_roomy)
        if widths is not None:
            return _table(columns, texts, widths, gap)
    return Group(*(line for row in texts for line in _block(columns, row, width)))


# Side by side


def _widths(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], room: int, *, is_roomy: bool
) -> list[int] | None:
    """Share the room out, evenly among those that could use more of it; None = it is too little."""
    heads = [_head(column.name, is_roomy=is_roomy) for column in columns]
    sizes = [[cell_len(cell.plain) for cell in row] for row in rows]
    whole = [max(own) for own in zip(heads, *sizes, strict=True)]
    given = [
        min(size, max(head, _least(column, size, is_roomy=is_roomy)))
        for column, head, size in zip(columns, heads, whole, strict=True)
    ]
    spare = room - sum(given)
    if spare < 0:
        return None
    while spare and (short := [number for number, size in enumerate(whole) if given[number] < size]):
        given[min(short, key=given.__getitem__)] += 1
        spare -= 1
    return given


def _head(name: str, *, is_roomy: bool) -> int:
    return cell_len(name) if is_roomy else max(cell_len(word) for word in name.split())


def _least(column: Column, whole: int, *, is_roomy: bool) -> int:
    if column.fit is Fit.WORDS:
        return column.least * 3 // 2 if is_roomy else column.least
    return whole if is_roomy or column.fit is Fit.WHOLE else column.least


def _table(
    columns: Sequence[Column], rows: Sequence[Sequence[Text]], widths: Sequence[int], gap: int
) -> Table:
    # The box itself puts one blank between columns.
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 0, 0, gap - 1))
    for column, width in zip(columns, widths, strict=True):
        head = "\n".join(wrapped(column.name, width))
        table.add_column(head, justify="right" if column.is_right else "left", width=width, no_wrap=True)
    for row in rows:
        table.add_row(*(_fitted(*one) for one in zip(columns, row, widths, strict=True)))
    return table


def _fitted(column: Column, cell: Text, width: int) -> Text:
    if column.fit is Fit.MIDDLE:
        return Text(elided(cell.plain, width), style=cell.style)
    if column.fit is Fit.WORDS:
        return Text("\n".join(wrapped(cell.plain, width)), style=cell.style)
    return cell


# Below each other


def _block(columns: Sequence[Column], row: Sequence[Text], width: int) -> list[Text]:
    """Write a row as lines: as many fields beside each other as there is room for, and those that are empty left out."""
    # A figure by itself would say nothing.
    head = f"{columns[0].name} {row[0].plain}" if columns[0].is_right else row[0].plain
    lines = [Text(line, style="bold") for line in wrapped(head, width)]
    line = Text()
    for column, cell in zip(columns[1:], row[1:], strict=True):
        if not cell.plain:
            continue
        field = Text.assemble((f"{column.name}: ", "dim"), cell)
        if line and cell_len(line.plain + _BETWEEN + field.plain) <= width:
            line = Text.assemble(line, _BETWEEN, field)
            continue
        lines += [line] if line else []
        first, *further = wrapped(field.plain, width - len(_FURTHER))
        if not further:
            line = Text.assemble(_INDENT, field)
            continue
        line = Text()
        lines += [Text(_INDENT + first), *(Text(_FURTHER + more) for more in further)]
    return [*lines, line] if line else lines
