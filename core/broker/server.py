"""The embedded broker: a real Valkey server as our child, on a unix socket, its log of appends on disk.

Two servers on one folder destroy each other's data, so a server left over from a crash is adopted when it is provably
ours, and nothing is started when that is unclear.
"""

import json
import logging
import subprocess
import threading
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from core.broker.client import connect, errors_mapped
from core.broker.server_process import end, is_alive, processes_in, program_file
from core.broker.socket_place import SOCKET_NOTE, broker_url, socket_path
from core.errors import BrokerUnavailable

log = logging.getLogger(__name__)

#: The name of the server's program, as the system shows it.
_PROGRAM = "valkey-server"
_START_DEADLINE_S = 20.0
_STOP_DEADLINE_S = 2.0
#: A server that takes longer for a simple answer is taken for frozen.
_ANSWER_S = 0.5
#: A server that lived this long had a good start; its death begins a new count, in seconds.
_GOOD_START_S = 10.0
_RESTART_DELAYS_S = (0.1, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class _Record:
    """Who the running server is, kept beside its data for whoever comes after a crash."""

    pid: int
    run_id: str


class EmbeddedBroker:
    """Starts, watches, restarts and stops the server of one data dir. The caller holds the data dir's lock."""

    def __init__(self, data_dir: Path, *, memory_mb: int) -> None:
        self.url = broker_url(data_dir)
        self._folder = data_dir / "broker"
        self._socket = socket_path(data_dir)
        self._memory_mb = memory_mb
        self._process: psutil.Process | None = None
        #: The same server, when we started it: the system keeps a child that has ended until it is asked for.
        self._child: subprocess.Popen[bytes] | None = None
        self._stop = threading.Event()
        #: Set while the server shall stay down.
        self._held_down = threading.Event()
        #: Set by the watcher once it is down for that reason.
        self._is_down = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="broker watcher", daemon=True)

    @property
    def pid(self) -> int | None:
        """The server's process id; None while there is none."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Adopt our server if it still runs, else start one; returns when it answers.

        Raises:
            BrokerUnavailable: it does not start, or the folder's server can't be told to be ours.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BrokerUnavailable(f"{self._folder} can't be used: {error.strerror}.") from None
        self._process = self._adopt() or self._launch()
        self._watcher.start()

    def stop(self) -> bool:
        """Stop the server cleanly; False when it had to be killed."""
        self._stop.set()
        if self._watcher.is_alive():
            self._watcher.join(_STOP_DEADLINE_S)
        return self._end()

    def _end(self) -> bool:
        clean = True
        if self._process is not None and is_alive(self._process):
            clean = end(self._process, deadline_s=_STOP_DEADLINE_S)
            if clean:
                self._record_file.unlink(missing_ok=True)
        self._reap()
        self._process = None
        return clean

    def end_if_frozen(self) -> bool:
        """Kill the server if it does not answer, so that nobody waits for it; True when that was so.

        Its data are a copy of the outbox, and its log of appends survives a kill.
        """
        process = self._process
        if process is None or not is_alive(process):
            return False
        try:
            with connect(self.url, answer_timeout_s=_ANSWER_S) as client, errors_mapped():
                client.ping()
        except BrokerUnavailable:
            self._stop.set()
            process.kill()
            return True
        return False

    def hold_down(self, *, clean: bool = True) -> bool:
        """Stop the server, or kill it, and don't start it again until `let_up`; tells whether it is down now."""
        self._held_down.set()
        process = self._process
        if process is not None and not clean:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        # The watcher ends what is left: it alone starts servers, so it alone knows that there is none.
        return self._is_down.wait(3 * _STOP_DEADLINE_S)

    def let_up(self) -> None:
        """Let the server be started again, after `hold_down`."""
        self._is_down.clear()
        self._held_down.clear()

    @property
    def folder(self) -> Path:
        """Where the server keeps its data."""
        return self._folder

    @property
    def _record_file(self) -> Path:
        return self._folder / "broker.json"

    def _read_record(self) -> _Record | None:
        try:
            return _Record(**json.loads(self._record_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, TypeError):
            return None

    def _adopt(self) -> psutil.Process | None:
        """Take over the server that an earlier run has left; None when there is none.

        The record alone can't be trusted: its writer may have been killed before writing it.
        """
        record = self._read_record()
        found = processes_in(self._folder, _PROGRAM)
        if not found:
            return None
        process = found[0]
        process.resume()  # Its owner may have been killed while it held the server still.
        run_id = self._ask_run_id(process)
        if len(found) > 1 or (record is not None and record.pid == process.pid and record.run_id != run_id):
            pids = ", ".join(str(server.pid) for server in found)
            raise BrokerUnavailable(
                f"A server (process {pids}) holds {self._folder} but is not the one started there. "
                "Stop it, then start again."
            )
        self._note(process, run_id)
        log.info("adopted the broker of an earlier run, process %d", process.pid)
        return process

    def _launch(self) -> psutil.Process:
        self._socket.unlink(missing_ok=True)
        self._child = self._spawn()
        process = psutil.Process(self._child.pid)
        try:
            self._note(process, self._ask_run_id(process))
        except (BrokerUnavailable, OSError):
            end(
                process, deadline_s=_STOP_DEADLINE_S
            )  # Else the next attempt would put a second server on the same folder.
            self._reap()
            raise
        return process

    def _note(self, process: psutil.Process, run_id: str) -> None:
        (self._folder / SOCKET_NOTE).write_text(str(self._socket), encoding="utf-8")
        self._record_file.write_text(json.dumps(asdict(_Record(process.pid, run_id))), encoding="utf-8")

    def _spawn(self) -> "subprocess.Popen[bytes]":
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "600",
            "dir": str(self._folder),
            "logfile": str(self._folder / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory": f"{self._memory_mb}mb",
            "maxmemory-policy": "noeviction",
        }
        command = [str(program_file())]
        for name, value in options.items():
            command += [f"--{name}", value]
        # A session of its own: Ctrl+C in a terminal must not stop the broker before the program has finished.
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _ask_run_id(self, process: psutil.Process) -> str:
        """Wait until the server has loaded its data and answers, and give its run id."""
        deadline = time.monotonic() + _START_DEADLINE_S
        last = "no answer"
        while time.monotonic() < deadline:
            if not is_alive(process):
                raise BrokerUnavailable(
                    f"The broker ended while starting; see {self._folder / 'valkey.log'}."
                )
            try:
                facts = self._ask()
            except BrokerUnavailable as error:
                last = str(error)
            else:
                if facts["process_id"] != process.pid:
                    raise BrokerUnavailable(
                        f"Process {facts['process_id']} answers in place of {process.pid}. Stop both."
                    )
                if not facts["loading"]:
                    return str(facts["run_id"])
                deadline = time.monotonic() + _START_DEADLINE_S  # A long log takes as long as it takes.
            if self._stop.wait(0.01):
                raise BrokerUnavailable("The broker was told to stop while it was starting.")
        raise BrokerUnavailable(f"The broker (process {process.pid}) does not get ready: {last}")

    def _ask(self) -> dict[str, Any]:
        with connect(self.url, answer_timeout_s=1.0) as client, errors_mapped():
            return {**client.info("server"), **client.info("persistence")}

    def _watch(self) -> None:
        """Start the server again whenever it has ended without being asked to."""
        deaths, started = 0, time.monotonic()
        while not self._stop.wait(0.1):
            if self._held_down.is_set():
                self._end()
                self._is_down.set()
                deaths = 0
                continue
            if self._process is not None and self._is_up(self._process):
                if time.monotonic() - started > _GOOD_START_S:
                    deaths = 0
                continue
            self._process = None
            self._reap()
            if self._stop.wait(_RESTART_DELAYS_S[min(deaths, len(_RESTART_DELAYS_S) - 1)]):
                return
            deaths += 1
            try:
                self._process, started = self._launch(), time.monotonic()
                log.warning("the broker had ended; started again as process %d", self._process.pid)
            except (BrokerUnavailable, OSError) as error:
                log.error("the broker does not start: %s", error)

    def _is_up(self, process: psutil.Process) -> bool:
        """Tell whether the server runs; asked ten times a second, and of our own child the system knows at once."""
        child = self._child
        if child is not None and child.pid == process.pid:
            return child.poll() is None
        return is_alive(process)

    def _reap(self) -> None:
        """Let the system forget our child that has ended; its last threads may take a moment longer than it."""
        if self._child is not None:
            with suppress(subprocess.TimeoutExpired):
                self._child.wait(_STOP_DEADLINE_S)
                self._child = None
