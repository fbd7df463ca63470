"""The columns of the connection test: which part, what was looked at, and what is so."""

from core.operating.connections import Finding
from core.operating.snapshot import Severity
from gui.parts.table_columns import TableColumn

_COLOURS = {None: "text", Severity.WARN: "warn", Severity.BAD: "bad"}
_PICTURES = {None: "circle-check", Severity.WARN: "triangle-alert", Severity.BAD: "circle-x"}
_SPOKEN = {None: "as it should be", Severity.WARN: "warning", Severity.BAD: "bad"}


def words_of(finding: Finding) -> str:
    """Give all that is known of a finding, with the way out."""
    return " ".join(part for part in (finding.said, finding.fix) if part)


COLUMNS = (
    TableColumn("Part", lambda finding: finding.part, width=84, sort=lambda finding: finding.part),
    TableColumn("Looked at", lambda finding: finding.check, width=96, sort=lambda finding: finding.check),
    TableColumn(
        "Found",
        lambda finding: finding.said,
        lambda finding: finding.fix,
        spoken=lambda finding: f"{_SPOKEN[finding.severity]}: {words_of(finding)}",
        width=380,
        colour=lambda finding: _COLOURS[finding.severity],
        picture=lambda finding: _PICTURES[finding.severity],
    ),
)
