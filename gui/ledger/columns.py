"""The columns of the Ledger page: the equation from left to right."""

from functools import partial

from gui.formatting import count
from gui.ledger.report import Line
from gui.parts.table_columns import RIGHT, TableColumn

_TERMS = (
    ("Committed", "Events that were committed before the check began"),
    ("= applied", "Events whose effect is there exactly once"),
    ("+ waiting", "Events that the consumer has not come to yet"),
    ("+ parked", "Events that wait for another attempt, and those behind them"),
    ("+ dead", "Events that were given up, with those that operators have discarded"),
)
#: Colour and sign of each word.
_LOOKS = {
    "green": ("ok", "circle-check"),
    "red": ("bad", "circle-x"),
    "not checked": ("muted", "circle-question-mark"),
}


def _figure(number: int, line: Line) -> str:
    return count(line.figures[number]) if line.figures else ""


def _term(number: int, title: str, meaning: str) -> TableColumn:
    return TableColumn(
        title,
        partial(_figure, number),
        lambda line: meaning if line.figures else "",
        lambda line: f"{title}: {_figure(number, line)}" if line.figures else "",
        width=92,
        align=RIGHT,
    )


def _absorbed(line: Line) -> str:
    return "" if line.absorbed is None else count(line.absorbed)


COLUMNS = (
    TableColumn(
        "Account",
        lambda line: line.name,
        spoken=lambda line: f"{line.name}: {line.word}",
        width=128,
        colour=lambda line: _LOOKS[line.word][0],
        picture=lambda line: _LOOKS[line.word][1],
    ),
    TableColumn(
        "Verdict", lambda line: line.verdict, width=190, colour=lambda line: "text" if line.ok else "bad"
    ),
    *(_term(number, *term) for number, term in enumerate(_TERMS)),
    TableColumn(
        "Absorbed",
        _absorbed,
        lambda _: "Deliveries of events that had been dealt with already; they changed nothing",
        width=80,
        align=RIGHT,
    ),
    TableColumn(
        "At this moment",
        lambda line: line.now,
        lambda _: "By the monitor, which looks all the time: the Settings tell how often",
        width=160,
        colour=lambda _: "muted",
    ),
)
TROUBLE_COLUMNS = (
    TableColumn(
        "What",
        lambda trouble: trouble.kind,
        width=84,
        sort=lambda trouble: trouble.kind,
        colour=lambda _: "bad",
    ),
    TableColumn(
        "Id or sentence",
        lambda trouble: trouble.name,
        width=220,
        sort=lambda trouble: trouble.name,
        code=True,
    ),
)
