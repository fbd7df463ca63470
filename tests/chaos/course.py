"""The course of one chaos run: start everything, let the storm rage, stop the load, wait for the consumers, count."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.chaos.damage import Damage
from tests.chaos.parts import Parts, pids
from tests.chaos.plan import blows
from tests.chaos.report import Report, lost_by_broker
from tests.chaos.storm import Storm
from tests.chaos.tally import absorbed, count_events, findings, is_begun, waiting
from tests.support.preload import Preload
from tests.support.programs import MAIN
from tests.support.receiver import Receiver
from tests.support.small_disk import SmallDisk

#: Longest wait for the consumers after the storm, in seconds.
_SETTLE_S = 120.0
_READY_S = 90.0
_COMMAND_S = 120.0
#: Room on the disk of the data dir, in megabytes: at first, and for each minute of load.
_ROOM_MB = (2_048, 256)


class Course:
    """One run in an empty folder. Whoever makes it ends what is left running, however the run ends."""

    def __init__(self, folder: Path, seed: int, seconds: float, *, receiver: Receiver) -> None:
        self._seed = seed
        self._seconds = seconds
        self._receiver = receiver
        self._data_dir = folder / "data"
        self._preload = Preload(folder)
        room_mb = int(_ROOM_MB[0] + _ROOM_MB[1] * seconds / 60)
        self._disk = SmallDisk(self._data_dir, megabytes=room_mb, users=pids)
        self._environment = _environment() | self._preload.environment
        self._parts = Parts(self._data_dir, folder, self._environment, seed)
        damage = Damage(self._data_dir, self._parts, self._disk, self._preload)
        self._storm = Storm(self._parts, damage, folder / "storm.txt")

    def close(self) -> None:
        """Take away what can't be removed like a file; nothing runs any more."""
        self._disk.close()

    def run(self) -> Report:
        """Do all of it; takes the storm's time, and at most a few minutes more."""
        self._start()
        self._storm.rage(blows(self._seed, self._seconds), self._seconds)
        for producer in self._parts.producers:
            producer.is_wanted = False
            producer.kill()
        settled_in_s = self._wait(lambda: not waiting(self._data_dir), _SETTLE_S)
        found = [*self._ask_ledger(), *findings(self._data_dir, self._parts.confirmed_events()), *self._end()]
        # Of a sender whose clock is wrong a receiver has to think that somebody repeats an old call.
        refused = [reason for reason in self._receiver.refused if "timestamp too" not in reason]
        found += [f"a webhook was refused: {reason}" for reason in refused[:1]]
        lost = lost_by_broker(self._data_dir / "logs")
        return Report(
            seed=self._seed,
            seconds=self._seconds,
            blows={kind.value: count for kind, count in self._storm.dealt.items()},
            events=count_events(self._data_dir),
            absorbed=absorbed(self._data_dir),
            webhooks=len(set(self._receiver.ids)),
            webhooks_repeated=len(self._receiver.ids) - len(set(self._receiver.ids)),
            regressions=lost.regressions,
            republished=lost.entries,
            settled_in_s=None if settled_in_s is None else round(settled_in_s, 1),
            waiting=waiting(self._data_dir),
            findings=found,
            could_preload=self._preload.is_possible,
            disk_was_mounted=self._disk.is_mounted,
        )

    def _start(self) -> None:
        """Start everything, and wait for the first events to have gone all the way."""
        self._parts.owner.is_wanted = True
        assert self._wait(lambda: self._parts.broker() is not None, _READY_S) is not None, "no broker"
        added = self._main("endpoints", "add", self._receiver.url, "--json")
        self._receiver.secret = json.loads(added.stdout)["secret"]
        for part in (*self._parts.workers, *self._parts.producers):
            part.is_wanted = True
        assert self._wait(lambda: is_begun(self._data_dir), _READY_S) is not None, "nothing gets going"

    def _wait(self, is_so: Callable[[], bool], longest_s: float) -> float | None:
        """Wait until something is so, with all parts kept running; gives the seconds, None when it did not become so."""
        began = time.monotonic()
        while not is_so():
            if time.monotonic() > began + longest_s:
                return None
            self._storm.wait()
        return time.monotonic() - began

    def _ask_ledger(self) -> list[str]:
        """Give what the program's own ledger finds; it runs while everything does."""
        done = self._main("ledger", "--json")
        if done.returncode == 0 and json.loads(done.stdout)["ok"]:
            return []
        return [f"the ledger says {done.returncode}: {done.stdout}{done.stderr}"]

    def _main(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Call the program as a user does."""
        command = [sys.executable, str(MAIN), "--data-dir", str(self._data_dir), *words]
        return subprocess.run(
            command, env=self._environment, capture_output=True, text=True, timeout=_COMMAND_S, check=False
        )

    def _end(self) -> list[str]:
        """End what still runs, as users do; gives what did not go in order."""
        parts = (*self._parts.workers, self._parts.owner)
        codes = {part.name: part.end() for part in parts}
        return [f"{name} ended with {code}" for name, code in codes.items() if code != 0]


def _environment() -> dict[str, str]:
    """Give the environment of all parts: the program's defaults, and no keyring of whoever runs this."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SIGNALBOX_")}
    return {
        **kept,
        "SIGNALBOX_ALLOW_PRIVATE_TARGETS": "true",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
