"""The columns of the Why? page: who, which event, where the ladder ended, and the sentence."""

from core.operating.why.answer import Standing
from gui.formatting import moment
from gui.parts.table_columns import TableColumn
from gui.why.rows import AnswerRow

_PICTURES = {
    Standing.DONE: "circle-check",
    Standing.NOT_MEANT: "circle",
    Standing.WAITING: "hourglass",
    Standing.STUCK: "circle-alert",
    Standing.UNKNOWN: "circle-question-mark",
}
_COLOURS = {
    Standing.DONE: "ok",
    Standing.NOT_MEANT: "muted",
    Standing.WAITING: "warn",
    Standing.STUCK: "bad",
    Standing.UNKNOWN: "warn",
}


def _tip(row: AnswerRow) -> str:
    return f"{row.standing.value}: {row.rung.value}"


COLUMNS = (
    TableColumn("Consumer", lambda row: row.consumer, width=96, sort=lambda row: row.consumer),
    TableColumn(
        "Rung reached",
        lambda row: row.rung.value,
        _tip,
        spoken=lambda row: f"{row.rung.value}, {row.standing.value}",
        width=176,
        sort=lambda row: row.rung.value,
        colour=lambda row: _COLOURS[row.standing],
        picture=lambda row: _PICTURES[row.standing],
    ),
    TableColumn(
        "Event",
        lambda row: row.event,
        lambda row: f"{row.event_id}, committed {moment(row.committed_at)}",
        width=104,
        sort=lambda row: row.event,
    ),
    TableColumn(
        "Place",
        lambda row: row.place or "none yet",
        lambda row: f"Partition and position: {row.place or 'none yet'}",
        width=72,
        sort=lambda row: row.place or "",
        code=True,
    ),
    TableColumn("Why", lambda row: row.sentence, width=420),
)
