"""The ledger's checks: one at a time, when somebody asks or now and then by themselves. The newest report stays here.

By itself it begins no check before an operator has chosen how often, and a ledger that takes long is checked less often.
"""

from PySide6.QtCore import QObject, QTimer, Signal

from core.operating.desk import Desk
from core.operating.snapshot import Notice
from core.operating.worker_room import worker_environment
from gui.bridge import Bridge
from gui.kept import Kept
from gui.ledger.check import LedgerCheck
from gui.ledger.report import Report
from gui.ledger.told import not_checked, red
from gui.query import Query

_KEPT = "ledger/every"
#: How often it may be checked, in seconds, and what that is called; 0 = only when somebody asks.
EVERY = {0: "When I ask", 600: "Every 10 minutes", 3_600: "Every hour", 86_400: "Once a day"}
#: What is chosen for somebody who wants to be told of a red ledger, and has not chosen, in seconds.
OFTEN_ENOUGH_S = 3_600
#: The first check comes so soon, in seconds; a desk that has just been opened has other things to do before.
_FIRST_S = 60.0
#: A check may take no more than one part in so many of the time.
_SPARE = 50
_MS = 1_000


class LedgerRounds(QObject):
    """Checks; `reported` brings each new report, `began` and `refused` what became of an asking."""

    began = Signal()
    #: No check could be begun: why.
    refused = Signal(object)
    reported = Signal(object)
    #: What there is to be told on the Overview has changed.
    noticed = Signal()

    def __init__(self, bridge: Bridge, kept: Kept, command: tuple[str, ...]) -> None:
        super().__init__()
        self._kept = kept
        self.check = LedgerCheck(command)
        self.report: Report | None = None
        #: The report as the command has printed it.
        self.printed = b""
        self.is_full = False
        #: What is wrong by the newest check; None = nothing is known to be.
        self.notice: Notice | None = None
        self._is_open = False
        self._surroundings: Query[dict[str, str]] = Query(bridge, self._begin, self.refused.emit, self)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._round)
        self.check.done.connect(self._take)
        self.check.failed.connect(self._fail)
        self.check.cancelled.connect(self._plan)

    @property
    def every_s(self) -> int:
        """How often it is checked by itself, in seconds; 0 = never."""
        kept = self._kept.value(_KEPT, "0")
        return int(kept) if kept.isdigit() and int(kept) in EVERY else 0

    def choose(self, every_s: int) -> None:
        """Check so often from now on."""
        self._kept.put(_KEPT, str(every_s))
        self._plan()
        if self._timer.isActive() and self.report is None:
            self._timer.start(round(_FIRST_S * _MS))

    def open(self) -> None:
        """There is a desk: the rounds may begin."""
        self._is_open = True
        if self.every_s:
            self._timer.start(round(_FIRST_S * _MS))

    def ask(self, *, full: bool = False) -> None:
        """Check now, unless a check is under way."""
        if not self.check.is_running:
            self.is_full = full
            self._surroundings.ask(_surroundings)

    def end(self) -> None:
        """End what is under way, and begin none any more."""
        self._is_open = False
        self._timer.stop()
        self.check.end()

    @property
    def due_s(self) -> float | None:
        """In how many seconds the next check begins by itself; None = none will."""
        return self._timer.remainingTime() / _MS if self._timer.isActive() else None

    def _round(self) -> None:
        self.ask()
        self._plan()

    def _plan(self) -> None:
        """Let the next round come when its time is, or later where checks take long."""
        took_s = 0.0 if self.report is None else self.report.seconds
        if self._is_open and self.every_s:
            self._timer.start(round(max(self.every_s, took_s * _SPARE) * _MS))
        else:
            self._timer.stop()

    def _begin(self, environment: dict[str, str]) -> None:
        self.check.start(environment, full=self.is_full)
        self.began.emit()

    def _take(self, report: Report, printed: bytes) -> None:
        self.report, self.printed = report, printed
        self._plan()
        self._notice(red(report))
        self.reported.emit(report)

    def _fail(self, reason: str) -> None:
        """A red ledger stays red until a check has shown the opposite."""
        self._plan()
        if self.report is None or self.report.ok:
            self._notice(not_checked(reason))

    def _notice(self, notice: Notice | None) -> None:
        if notice != self.notice:
            self.notice = notice
            self.noticed.emit()


def _surroundings(desk: Desk) -> dict[str, str]:
    return worker_environment(desk.settings)
