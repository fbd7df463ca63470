"""The columns of the Journal page."""

from core.operating.journal.entries import JournalEntry
from gui.formatting import moment
from gui.journal.acts import kind_of
from gui.parts.table_columns import TableColumn

_PICTURES = {
    "create link": "plus",
    "edit link": "pencil",
    "archive link": "archive",
    "restore link": "undo-2",
    "pause": "pause",
    "resume": "play",
    "set fault": "unplug",
    "clear fault": "undo-2",
    "retry": "refresh-cw",
    "retry now": "refresh-cw",
    "dead-letter": "mail-x",
    "discard": "mail-x",
    "release": "arrow-right",
    "take over": "users",
    "edit": "pencil",
    "rebuild": "database",
    "backup": "save",
    "restore": "history",
    "add endpoint": "webhook",
    "remove endpoint": "webhook",
    "disable endpoint": "pause",
    "enable endpoint": "play",
}
#: Acts that leave something standing still or broken.
_TROUBLE = ("pause", "set fault", "discard", "disable endpoint")


def picture_of(entry: JournalEntry) -> str:
    """Give the icon of an act."""
    return _PICTURES.get(kind_of(entry.act), "scroll-text")


def _colour(entry: JournalEntry) -> str:
    return "warn" if kind_of(entry.act) in _TROUBLE else "text"


COLUMNS = (
    TableColumn(
        "When",
        lambda entry: moment(entry.at)[:19],
        lambda entry: moment(entry.at),
        width=172,
        sort=lambda entry: entry.at,
    ),
    TableColumn("Who", lambda entry: entry.by, width=112, sort=lambda entry: entry.by),
    TableColumn(
        "Act",
        lambda entry: entry.act,
        width=290,
        sort=lambda entry: entry.act,
        colour=_colour,
        picture=picture_of,
    ),
    TableColumn("To", lambda entry: entry.subject, width=150, sort=lambda entry: entry.subject),
    TableColumn("Why", lambda entry: entry.why, width=90, sort=lambda entry: entry.why),
)
