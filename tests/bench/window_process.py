"""A window as a process of its own, which obeys orders: `main.py` with a probe, see `tests.bench.window_probe`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.bench.places import ROOT


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


@contextmanager
def open_window(
    data_dir: Path, environment: Mapping[str, str]
) -> Iterator[tuple[WindowProcess, dict[str, float]]]:
    """Give a window that shows a ready broker, and when it passed which mark, in seconds from its start."""
    window = WindowProcess(data_dir, environment)
    try:
        marks = window.answer("start")
        yield window, {mark: at - window.started_at for mark, at in marks.items()}
    finally:
        window.close()
