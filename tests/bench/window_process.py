"""A window as a process of its own, which obeys orders: `main.py` with a probe, see `tests.bench.window_probe`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.bench.places import ROOT
from tests.bench.window_marks import Marks


class WindowProcess:
    """One running window, obeying orders."""

    def __init__(self, data_dir: Path, environment: Mapping[str, str]) -> None:
        self.started_at = time.time()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.window_program", "--data-dir", str(data_dir)],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.process = psutil.Process(self._process.pid)

    def order(self, order: str) -> None:
        """Give an order."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{order}\n")
        self._process.stdin.flush()

    def answer(self, word: str) -> Any:
        """Wait for the answer to an order; it must be the next one.

        Raises:
            RuntimeError: the window has ended, or answers something else.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        answer = json.loads(line) if line else {}
        if word not in answer:
            raise RuntimeError(f"The window answered {line[:200]!r} instead of {word!r}.")
        return answer[word]

    def close(self) -> None:
        """Close the window; one that hangs is killed."""
        try:
            self._process.communicate("quit\n", timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@dataclass(frozen=True, slots=True)
class Start:
    """How a window started: per mark, seconds since the start of its process, and its resident megabytes then."""

    seconds: dict[str, float]
    megabytes: dict[str, float]


@contextmanager
def open_window(data_dir: Path, environment: Mapping[str, str]) -> Iterator[tuple[WindowProcess, Start]]:
    """Give a window that shows a ready broker, and how it came to that."""
    window = WindowProcess(data_dir, environment)
    try:
        marks: Marks = window.answer("start")
        seconds = {name: at - window.started_at for name, (at, _) in marks.items()}
        yield window, Start(seconds, {name: megabytes for name, (_, megabytes) in marks.items()})
    finally:
        window.close()
