"""The columns of the Events page. None of them sorts: events stand in the order in which they were committed."""

from core.broker.stream_look import Copy
from gui.events.lines import Line
from gui.parts.table_columns import TableColumn

_PICTURES = {
    "LinkCreated": "plus",
    "LinkUpdated": "pencil",
    "LinkArchived": "archive",
    "LinkRestored": "undo-2",
    "LinkClicked": "activity",
}
_COPIES = {
    Copy.THERE: ("circle-check", "ok"),
    Copy.TRIMMED: ("archive", "muted"),
    Copy.NOT_YET: ("hourglass", "warn"),
    Copy.MISSING: ("circle-x", "bad"),
    Copy.FOREIGN: ("circle-alert", "bad"),
    Copy.UNKNOWN: ("circle-question-mark", "muted"),
}
_NOT_ASKED = "Only what is in sight is asked of the broker."


def picture_of(type_name: str) -> str:
    """Give the icon of a type."""
    return _PICTURES.get(type_name.partition(".")[0], "circle-question-mark")


def copy_look(copy: Copy | None) -> tuple[str, str]:
    """Give icon and colour of what the broker has."""
    return _COPIES[copy or Copy.UNKNOWN]


def _copy(line: Line) -> str:
    return "?" if line.copy is None else line.copy.value


def _what(line: Line) -> str:
    return line.what if line.match is None else line.match.text


def _what_tip(line: Line) -> str:
    return "" if line.match is None else f"{line.what}\n{line.match.whole}"


#: The column that says why an event was found.
WHAT = 4
COLUMNS = (
    TableColumn("Committed", lambda line: line.committed[5:], lambda line: line.committed, width=152),
    TableColumn(
        "Type", lambda line: line.type_name, width=146, picture=lambda line: picture_of(line.type_name)
    ),
    TableColumn("Link", lambda line: line.link, width=112, code=True),
    TableColumn(
        "Stream",
        _copy,
        lambda line: _NOT_ASKED if line.copy is None else "",
        width=132,
        picture=lambda line: copy_look(line.copy)[0],
        colour=lambda line: copy_look(line.copy)[1],
    ),
    TableColumn("What", _what, _what_tip, width=290),
    TableColumn("Place", lambda line: line.place, lambda _line: "Partition / position", width=76, code=True),
    TableColumn("Event", lambda line: line.event_id, width=150, code=True),
)
