"""The worker that a desk runs as its child: started again when it dies, gone when its parent is.

The child watches its standard input, which ends with the parent, whatever the parent dies of.
"""

import logging
import os
import subprocess
import threading
import time
from pathlib import Path

log = logging.getLogger(__name__)

_RESTART_DELAYS_S = (0.2, 0.5, 1.0, 2.0, 5.0)
#: A child that lived this long had a good start; its death begins a new count, in seconds.
_GOOD_START_S = 10.0
_GLANCE_S = 0.1


class WorkerProcess:
    """Keeps one child worker running."""

    def __init__(self, command: tuple[str, ...], environment: dict[str, str], logs: Path) -> None:
        self._command = (*command, "worker", "--child")
        self._environment = {**os.environ, **environment}
        self._logs = logs
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep_running, name="worker keeper", daemon=True)
        #: One sentence on how it is, such as "running, pid 4711".
        self.description = "starting"

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        child = self._child
        return child.pid if child is not None and child.poll() is None else None

    def start(self) -> None:
        """Start the child and keep it running."""
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Tell the child to end after what it has in hand."""
        self._stopping.set()
        if self._child is not None:
            _close_input(self._child)

    def stop(self, deadline_s: float) -> bool:
        """End the child; False when it had to be killed."""
        self.ask_to_stop()
        self._thread.join(deadline_s)
        child = self._child
        if child is None:
            return True
        try:
            child.wait(deadline_s)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            return False
        return True

    def _keep_running(self) -> None:
        deaths, reason = 0, ""
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                self._child = child = self._spawn()
            except OSError as error:
                reason = f"did not start: {error}"
            else:
                # What happened to the one before is told for as long as this one runs: a restart is over in a moment.
                self.description = f"running, pid {child.pid}" + (
                    f"; the one before {reason}" if reason else ""
                )
                while child.poll() is None and not self._stopping.wait(_GLANCE_S):
                    pass
                _close_input(child)
                if self._stopping.is_set():
                    break
                reason = f"died ({_manner(child.returncode)})"
            if time.monotonic() - started > _GOOD_START_S:
                deaths = 0
            delay = _RESTART_DELAYS_S[min(deaths, len(_RESTART_DELAYS_S) - 1)]
            deaths += 1
            self.description = f"{reason}, starting again in {delay:g} s"
            log.warning("worker %s", self.description)
            self._stopping.wait(delay)
        self.description = "stopped"

    def _spawn(self) -> "subprocess.Popen[bytes]":
        with (self._logs / "worker-output.log").open("ab") as output:
            # A session of its own: Ctrl+C must reach it through its parent, so that it ends in order.
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=self._environment,
                start_new_session=True,
            )


def _close_input(child: "subprocess.Popen[bytes]") -> None:
    """Close our end of the child's standard input, which tells a living child to end."""
    if child.stdin is not None:
        child.stdin.close()


def _manner(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"exit code {code}"
