"""One check at a time, by this program's own command in a process of its own: the window stays smooth meanwhile."""

import time
from collections.abc import Mapping

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

from gui.formatting import one_line
from gui.ledger.report import Report, read_report

#: How long a killed process may take to be gone, in milliseconds.
_GONE_MS = 2_000


class LedgerCheck(QObject):
    """Runs the command; `done` brings the report and the JSON as printed, `failed` says why there is none."""

    done = Signal(object, bytes)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, command: tuple[str, ...]) -> None:
        super().__init__()
        self._command = command
        self._process: QProcess | None = None
        self._is_cancelled = self._is_over = False
        self._began = 0.0

    @property
    def is_running(self) -> bool:
        """Whether a check is under way."""
        return self._process is not None

    @property
    def seconds(self) -> float:
        """For how long it has been under way."""
        return time.monotonic() - self._began

    def start(self, environment: Mapping[str, str], *, full: bool) -> None:
        """Begin a check, unless one is under way; `environment` tells the program where everything is."""
        if self._process is not None or self._is_over:
            return
        self._is_cancelled, self._began = False, time.monotonic()
        process = QProcess(self)
        surroundings = QProcessEnvironment.systemEnvironment()
        for name, value in environment.items():
            surroundings.insert(name, value)
        process.setProcessEnvironment(surroundings)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._trouble)
        self._process = process
        program, *words = self._command
        process.start(program, [*words, "ledger", "--json", *(["--full"] if full else [])])

    def cancel(self) -> None:
        """End the check that is under way; it writes nothing, so it can be ended anywhere."""
        if self._process is not None:
            self._is_cancelled = True
            self._process.kill()

    def end(self) -> None:
        """End it, wait until it is gone, and begin none any more."""
        self._is_over = True
        process = self._process
        if process is not None:
            self.cancel()
            process.waitForFinished(_GONE_MS)

    def _trouble(self, error: QProcess.ProcessError) -> None:
        """A process that never began does not finish either."""
        process = self._process
        if error is QProcess.ProcessError.FailedToStart and process is not None:
            self._let_go(process)
            self.failed.emit(f"The check did not start: {process.errorString()}.")

    def _finish(self) -> None:
        process = self._process
        if process is None:
            return
        printed = bytes(process.readAllStandardOutput().data())
        said = one_line(bytes(process.readAllStandardError().data()).decode(errors="replace"))
        code = process.exitCode()
        self._let_go(process)
        if self._is_cancelled:
            self.cancelled.emit()
            return
        report: Report | None = read_report(printed)
        if report is None:
            self.failed.emit(
                said.removeprefix("signalbox: ") or f"The check ended with code {code} and said nothing."
            )
        else:
            self.done.emit(report, printed)

    def _let_go(self, process: QProcess) -> None:
        self._process = None
        process.deleteLater()
