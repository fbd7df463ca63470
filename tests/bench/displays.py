"""Where windows are shown while they are measured: the reader's display, else a private one, else offscreen."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

_SCREEN = "1600x1000x24"


@contextmanager
def display() -> Iterator[tuple[str, dict[str, str]]]:
    """Give what the display is, in words, and the environment for processes that shall use it."""
    if any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")):
        yield "the caller's display", dict(os.environ)
    elif shutil.which("Xvfb"):
        with _private_display() as number:
            yield "Xvfb", {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    else:
        yield "offscreen", {**os.environ, "QT_QPA_PLATFORM": "offscreen"}


@contextmanager
def _private_display() -> Iterator[str]:
    """Start a server that chooses a free number by itself."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", _SCREEN, "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as answer:
            yield answer.readline().strip()
    finally:
        server.terminate()
        server.wait()
