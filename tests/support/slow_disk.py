"""A disk whose syncs can be made slow for the broker, by a library that is loaded before the system's."""

import shutil
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("slow_fsync.c")


class SlowDisk:
    """Slow between `begin` and `end`, for brokers whose starter has `environment`."""

    def __init__(self, folder: Path) -> None:
        self._flag = folder / "fsync-is-slow"
        self._library = _compile(folder)

    @property
    def is_possible(self) -> bool:
        """Whether there was a compiler for the library."""
        return self._library is not None

    @property
    def environment(self) -> dict[str, str]:
        """What a process and its children have to be started with."""
        if self._library is None:
            return {}
        return {"LD_PRELOAD": str(self._library), "SIGNALBOX_TEST_SLOW_FSYNC": str(self._flag)}

    def begin(self) -> None:
        """Make each sync of the broker take 0.6 s longer."""
        self._flag.touch()

    def end(self) -> None:
        """Sync as fast as the disk can again."""
        self._flag.unlink(missing_ok=True)


def _compile(folder: Path) -> Path | None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "slow_fsync.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, _SOURCE], check=True)
    return library
