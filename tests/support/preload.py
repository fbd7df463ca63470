"""What a machine does and a test can't wait for: slow syncs of the broker's disk, and wall clocks that are set wrong.

Both come from a library that the processes of a test load before the system's.
"""

import shutil
import struct
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("preload.c")


class Preload:
    """Slow disks and wrong clocks for processes that are started with `environment`."""

    def __init__(self, folder: Path) -> None:
        self._slow = folder / "fsync-is-slow"
        self._clock = folder / "clock"
        self.set_clock(0)
        self._library = _compile(folder)

    @property
    def is_possible(self) -> bool:
        """Whether there was a compiler for the library; without it nothing of this happens."""
        return self._library is not None

    @property
    def environment(self) -> dict[str, str]:
        """What a process and its children have to be started with."""
        if self._library is None:
            return {}
        return {
            "LD_PRELOAD": str(self._library),
            "SIGNALBOX_TEST_SLOW_FSYNC": str(self._slow),
            "SIGNALBOX_TEST_CLOCK": str(self._clock),
        }

    def slow_disk(self) -> None:
        """Make each sync of the broker take 0.6 s longer."""
        self._slow.touch()

    def fast_disk(self) -> None:
        """Sync as fast as the disk can again."""
        self._slow.unlink(missing_ok=True)

    def set_clock(self, seconds: int) -> None:
        """Set all wall clocks wrong by so many seconds; 0 = right."""
        with self._clock.open("r+b" if self._clock.exists() else "w+b", buffering=0) as clock:
            clock.write(struct.pack("@l", seconds))


def _compile(folder: Path) -> Path | None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "preload.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-Wall", "-o", library, _SOURCE], check=True)
    return library
