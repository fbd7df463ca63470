"""The processes of a storm: each is started again when it dies, and none of them, nor what they start, outlives it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import psutil

from core.broker.server_process import is_alive
from core.broker.socket_place import socket_path
from core.operating.data_dir import DataDir
from tests.support.programs import MAIN, ROOT

#: From Linux's prctl.h: what our children leave behind becomes our child.
_PR_SET_CHILD_SUBREAPER = 36
_END_S = 30.0
#: What each producer tries to reach.
_CHANGES_PER_S = 150


class Part:
    """One process that is kept running."""

    def __init__(
        self, name: str, words: tuple[object, ...], environment: Mapping[str, str], out: Path
    ) -> None:
        self.name = name
        self._command = [sys.executable, *(str(word) for word in words)]
        self._environment = environment
        self._out = out / f"{name}.out"
        self._process: subprocess.Popen[bytes] | None = None
        #: Whether it is to be started when it does not run.
        self.is_wanted = False

    @property
    def pid(self) -> int | None:
        """Its process id; None while it does not run."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def keep(self) -> None:
        """Start it if it should run and does not."""
        if not self.is_wanted or self.pid is not None:
            return
        with self._out.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> bool:
        """Send a signal; False when there is nobody."""
        if self._process is None or self._process.poll() is not None:
            return False
        self._process.send_signal(number)
        return True

    def kill(self) -> bool:
        """Kill it and wait for its end; False when there is nobody."""
        if not self.send(signal.SIGKILL):
            return False
        assert self._process is not None
        self._process.wait()
        return True

    def end(self) -> int | None:
        """End it in order, for good; gives the exit code, None when it never ran."""
        self.is_wanted = False
        if self._process is None:
            return None
        self.send(signal.SIGTERM)
        try:
            return self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            return self._process.returncode


class Parts:
    """All of them, over one data dir."""

    def __init__(self, data_dir: Path, out: Path, environment: Mapping[str, str], seed: int) -> None:
        self._data_dir = data_dir
        self._confirmed = out / "confirmed"
        self.owner = Part("owner", ("-m", "tests.chaos.owner_program", data_dir), environment, out)
        self.workers = [
            Part(f"worker-{number}", (MAIN, "--data-dir", data_dir, "worker"), environment, out)
            for number in (1, 2)
        ]
        self.producers = [
            Part(
                f"producer-{number}",
                (
                    "-m",
                    "tests.chaos.producer_program",
                    data_dir,
                    self._confirmed,
                    seed + number,
                    _CHANGES_PER_S,
                ),
                environment,
                out,
            )
            for number in (1, 2, 3)
        ]
        self.all = (self.owner, *self.workers, *self.producers)

    def keep(self) -> None:
        """Start what should run and does not."""
        for part in self.all:
            part.keep()

    def confirmed_events(self) -> list[str]:
        """Give the ids of all events that producers were told to be committed."""
        return self._confirmed.read_text(encoding="utf-8").split()

    def holder(self) -> Part | None:
        """Give who owns the data dir: usually the owner, a worker that was faster after its death, or nobody."""
        pid, _ = DataDir(self._data_dir).holder()
        return next((part for part in (self.owner, *self.workers) if part.pid == pid is not None), None)

    def broker(self) -> psutil.Process | None:
        """Give the broker's server; None while there is none."""
        folder = socket_path(self._data_dir).parent
        for process in psutil.Process().children(recursive=True):
            try:
                if process.name() == "valkey-server" and Path(process.cwd()) == folder and is_alive(process):
                    return process
            except psutil.Error:
                continue
        return None


def pids() -> list[int]:
    """Give the ids of all processes that we have started, with those that they have started."""
    return [process.pid for process in psutil.Process().children(recursive=True)]


def adopt_orphans() -> None:
    """Become the parent of what our children leave behind when they die."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def bury_orphans(known: set[int | None]) -> None:
    """Let the system forget orphans that have ended; `known` ones are asked for by somebody else."""
    for process in psutil.Process().children():
        if process.pid not in known and not is_alive(process):
            os.waitpid(process.pid, os.WNOHANG)


def end_all() -> list[str]:
    """Kill whatever we or our children have started and that still runs; gives the names."""
    killed = []
    while left := [process for process in psutil.Process().children(recursive=True) if is_alive(process)]:
        for process in left:
            try:
                killed.append(process.name())
                process.kill()
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(left, timeout=5)
    return killed
