"""The columns of the list of steps, which says all that the time line shows."""

from gui.formatting import UNKNOWN, milliseconds, moment
from gui.parts.table_columns import RIGHT, TableColumn
from gui.trace.rows import StepRow


def _since(row: StepRow) -> str:
    if row.since_s is None:
        return UNKNOWN
    return f"+{milliseconds(row.since_s * 1000)}" if row.since_s else "0"


def _when(row: StepRow) -> str:
    return "It is not known when" if row.step.at is None else moment(row.step.at)


def _lasted(row: StepRow) -> str:
    return "" if row.lasted_s is None else milliseconds(row.lasted_s * 1000)


COLUMNS = (
    TableColumn("After", _since, _when, width=80, align=RIGHT),
    TableColumn("Lane", lambda row: row.step.lane, width=92, sort=lambda row: row.step.lane),
    TableColumn(
        "Step",
        lambda row: row.words,
        lambda row: row.sentence,
        spoken=lambda row: row.sentence,
        width=240,
        sort=lambda row: row.words,
        colour=lambda row: row.colour,
        picture=lambda row: row.picture,
    ),
    TableColumn("Lasted", _lasted, width=72, align=RIGHT, sort=lambda row: row.lasted_s or 0.0),
    TableColumn("By", lambda row: row.step.by or "", width=96),
    TableColumn("Event", lambda row: row.event, lambda row: row.step.event_id, width=108),
    TableColumn("More", lambda row: row.text, width=300),
)
