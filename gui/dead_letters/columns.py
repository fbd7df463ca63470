"""The columns of the page's tables."""

from core.operating.dead_letters.causes import Cause
from core.operating.logs import redact
from gui.dead_letters.rows import KeyRow, LetterRow, first_line, when
from gui.formatting import count, moment
from gui.parts.table_columns import RIGHT, TableColumn

_CLASS_PICTURES = {
    "poison": "circle-x",
    "crash": "cpu",
    "operator": "mail-x",
    "foreign": "circle-question-mark",
    "transient": "hourglass",
    "held": "pause",
}
_CLASS_TIPS = {
    "poison": "It can't succeed as it is: tried five times, then given up.",
    "crash": "The worker's process died of it three times.",
    "operator": "An operator has given it up, whatever attempts were left.",
    "foreign": "Not one of our events: somebody else wrote it into the streams. It can only be discarded.",
    "transient": "It failed for a reason outside, which will pass: tried for ever.",
    "held": "It has not failed: it waits behind a dead letter of its link.",
}
_STATE_PICTURES = {
    "applied": "circle-check",
    "retrying": "refresh-cw",
    "discarded": "mail-x",
    "dead": "mail-x",
}
_STATE_COLOURS = {"applied": "ok", "retrying": "warn", "discarded": "muted", "dead": "bad"}


def class_picture(name: str) -> str:
    """Give the icon of an error class."""
    return _CLASS_PICTURES.get(name, "circle-question-mark")


def class_tip(name: str) -> str:
    """Say what an error class means."""
    return _CLASS_TIPS.get(name, "")


def _outcome_picture(row: LetterRow | KeyRow) -> str:
    if not row.outcome:
        return ""
    return "circle-x" if row.failed else "circle-check" if row.outcome == "applied" else "arrow-right"


def _outcome_colour(row: LetterRow | KeyRow) -> str:
    return "bad" if row.failed else "ok" if row.outcome == "applied" else "text"


def _again_colour(cause: Cause) -> str:
    return "warn" if cause.failed_again else "muted"


def _last_words(cause: Cause) -> str:
    return f"{moment(cause.last_failed_at)}\nThe newest: {first_line(cause.example)}"


CAUSE_COLUMNS = (
    TableColumn(
        "Dead", lambda cause: count(cause.count), width=64, align=RIGHT, sort=lambda cause: cause.count
    ),
    TableColumn(
        "Class",
        lambda cause: cause.error_class,
        lambda cause: class_tip(cause.error_class),
        width=98,
        sort=lambda cause: cause.error_class,
        picture=lambda cause: class_picture(cause.error_class),
    ),
    TableColumn(
        "Cause and place",
        lambda cause: redact(cause.cause),
        lambda cause: first_line(cause.example),
        width=352,
        sort=lambda cause: cause.cause,
        code=True,
    ),
    TableColumn("Consumers", lambda cause: ", ".join(cause.consumers), width=120),
    TableColumn(
        "Links", lambda cause: count(cause.links), width=62, align=RIGHT, sort=lambda cause: cause.links
    ),
    TableColumn(
        "First",
        lambda cause: when(cause.first_failed_at),
        lambda cause: moment(cause.first_failed_at),
        width=86,
        sort=lambda cause: cause.first_failed_at,
    ),
    TableColumn(
        "Last",
        lambda cause: when(cause.last_failed_at),
        _last_words,
        width=86,
        sort=lambda cause: cause.last_failed_at,
    ),
    TableColumn(
        "Failed again",
        lambda cause: count(cause.failed_again),
        lambda _cause: "Tried again for an operator, and dead once more",
        width=96,
        align=RIGHT,
        sort=lambda cause: cause.failed_again,
        colour=_again_colour,
    ),
)

_LINK = TableColumn(
    "Link", lambda row: row.slug, lambda row: f"Link {row.letter.event.link_id}", width=112, code=True,
    sort=lambda row: row.slug,
)  # fmt: skip
_CONSUMER = TableColumn(
    "Consumer", lambda row: row.letter.consumer, width=96, sort=lambda row: row.letter.consumer
)
_TYPE = TableColumn(
    "Event",
    lambda row: row.letter.event.type,
    lambda row: f"Event {row.letter.event.event_id}\nat {row.letter.place}",
    width=124,
    sort=lambda row: row.letter.event.type,
)
_ERROR = TableColumn("Error", lambda row: row.error, width=300, sort=lambda row: row.error)
_TRIES = TableColumn(
    "Tries",
    lambda row: row.again,
    lambda row: "Failed again after an operator's retry" if row.letter.retries else "",
    width=90,
    sort=lambda row: (row.letter.retries, row.letter.attempts),
    picture=lambda row: "refresh-cw" if row.letter.retries else "",
    colour=lambda row: "warn" if row.letter.retries else "text",
)
_LAST = TableColumn(
    "Last",
    lambda row: when(row.letter.last_failed_at),
    lambda row: moment(row.letter.last_failed_at),
    width=86,
    sort=lambda row: row.letter.last_failed_at,
)
_OUTCOME = TableColumn(
    "Outcome",
    lambda row: row.outcome,
    lambda _row: "What came of the last act on it in this window",
    width=180,
    sort=lambda row: row.outcome,
    picture=_outcome_picture,
    colour=_outcome_colour,
)

LETTER_COLUMNS = (_LINK, _CONSUMER, _TYPE, _OUTCOME, _ERROR, _TRIES, _LAST)
#: The column that is there only while there are outcomes.
OUTCOME = LETTER_COLUMNS.index(_OUTCOME)

DECIDED_COLUMNS = (
    TableColumn(
        "Now",
        lambda row: row.letter.state,
        width=104,
        sort=lambda row: row.letter.state,
        picture=lambda row: _STATE_PICTURES.get(row.letter.state, ""),
        colour=lambda row: _STATE_COLOURS.get(row.letter.state, "text"),
    ),
    _LINK,
    _CONSUMER,
    _TYPE,
    TableColumn(
        "Decided",
        lambda row: when(row.letter.decided_at) if row.letter.decided_at else "unknown",
        lambda row: moment(row.letter.decided_at) if row.letter.decided_at else "",
        width=92,
        sort=lambda row: row.letter.decided_at or 0.0,
    ),
    TableColumn("By", lambda row: row.letter.decided_by or "unknown", width=110),
    TableColumn("Why", lambda row: row.letter.why or "", width=170),
    _ERROR,
)  # fmt: skip

KEY_COLUMNS = (
    TableColumn("Link", lambda row: row.slug, lambda row: f"Link {row.key.link_id}", width=112, code=True,
                sort=lambda row: row.slug),
    TableColumn("Consumer", lambda row: row.key.consumer, width=96, sort=lambda row: row.key.consumer),
    TableColumn("Events", lambda row: count(row.key.events), lambda _row: "Events of the link that wait", width=68,
                align=RIGHT, sort=lambda row: row.key.events),
    TableColumn("Class", lambda row: row.key.error_class, lambda row: class_tip(row.key.error_class), width=104,
                sort=lambda row: row.key.error_class, picture=lambda row: class_picture(row.key.error_class)),
    TableColumn("Tries", lambda row: count(row.key.attempts), width=60, align=RIGHT,
                sort=lambda row: row.key.attempts),
    TableColumn("Since", lambda row: when(row.key.first_failed_at), lambda row: moment(row.key.first_failed_at),
                width=86, sort=lambda row: row.key.first_failed_at),
    TableColumn("Next attempt", lambda row: row.next_attempt,
                lambda row: moment(row.key.next_attempt_at) if row.key.next_attempt_at else "", width=120,
                sort=lambda row: row.key.next_attempt_at or float("inf")),
    TableColumn("Error", lambda row: row.error, width=240, sort=lambda row: row.error),
    _OUTCOME,
)  # fmt: skip
