"""What a check of the ledger is worth telling elsewhere: that it is red, or could not be made. No Qt here."""

from core.operating.snapshot import Cause, Notice, Severity
from gui.formatting import clock
from gui.ledger.report import Report, lines

_REMEDY = "The page Ledger has the exact ids."


def red(report: Report) -> Notice | None:
    """Say that the ledger is red, and where; None = it is green."""
    if report.ok:
        return None
    what = f"The ledger is red: {wrong(report)}."
    return Notice(Cause.LEDGER, Severity.BAD, what, f"Checked at {clock(report.cut_off.at)}.", _REMEDY)


def wrong(report: Report) -> str:
    """Name each red account with what is wrong with it, such as "billing 1 missing"."""
    return ", ".join(f"{line.name} {line.verdict}" for line in lines(report, {}, None) if not line.ok)


def not_checked(reason: str) -> Notice:
    """Say that the ledger could not be checked: nothing is proved, and nothing is known to be wrong."""
    why = reason if reason.endswith((".", "!", "?")) else f"{reason}."
    return Notice(
        Cause.LEDGER, Severity.WARN, "The ledger could not be checked.", why, "The page Ledger tries again."
    )
