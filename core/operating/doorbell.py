"""A second start on the same data dir rings; whoever owns the data dir shows its window."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from core.settings import runtime_file

_ANSWER_S = 2.0
_GLANCE_S = 0.2


#: Windows has no sockets of this kind; a second start then only says who holds the data dir.
_HAS_BELLS = hasattr(socket, "AF_UNIX")


class Doorbell:
    """The owner's side; listens from `listen` until `close`."""

    def __init__(self, data_dir: Path) -> None:
        self._path = runtime_file(data_dir, "bell")
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def listen(self, on_ring: Callable[[], None]) -> None:
        """Call `on_ring` in a thread of its own at each ring. The caller owns the data dir."""
        if not _HAS_BELLS:
            return
        self._path.unlink(missing_ok=True)
        server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        server.bind(str(self._path))
        self._path.chmod(0o600)
        server.listen()
        server.settimeout(_GLANCE_S)
        self._thread = threading.Thread(
            target=self._answer, args=(server, on_ring), name="doorbell", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(_ANSWER_S)
        self._path.unlink(missing_ok=True)

    def _answer(self, server: socket.socket, on_ring: Callable[[], None]) -> None:
        with server:
            while not self._stopping.is_set():
                try:
                    visitor, _ = server.accept()
                except TimeoutError:
                    continue
                on_ring()
                with visitor, suppress(OSError):  # Who rings may run away.
                    visitor.sendall(b"ok")


def ring(data_dir: Path) -> bool:
    """Ask the owner to show its window; False when nobody answers."""
    if not _HAS_BELLS:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(_ANSWER_S)
            client.connect(str(runtime_file(data_dir, "bell")))
            return client.recv(2) == b"ok"
    except OSError:
        return False
