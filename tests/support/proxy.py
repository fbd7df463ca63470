"""A way to the broker that can lose answers, as networks do. Everything that passes is real."""

import socket
import threading
from pathlib import Path

from tests.support.waiting import PATIENCE_S


class LossyProxy:
    """Listens on a unix socket before the broker's; while `losing`, commands arrive but answers don't.

    With `lose_from` a connection gets no answers any more once this command has passed on it; new ones do.
    """

    def __init__(self, path: Path, broker_socket: Path) -> None:
        self.url = f"unix://{path}"
        self.losing = threading.Event()
        self.lose_from: bytes | None = None
        self._broker_socket = broker_socket
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def recover(self) -> None:
        """Lose nothing any more."""
        self.lose_from = None
        self.losing.clear()

    def lead_to(self, broker_socket: Path) -> None:
        """Cut all connections; new ones lead to another broker."""
        self._broker_socket = broker_socket
        _cut(self._open)

    def close(self) -> None:
        """Cut all connections and end all threads."""
        _cut([self._listener, *self._open])
        for thread in self._threads:
            thread.join(PATIENCE_S)
        for end in (self._listener, *self._open):
            end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(str(self._broker_socket))
            self._open += [near, far]
            deaf = threading.Event()
            for target in (self._carry_commands, self._carry_answers):
                thread = threading.Thread(target=target, args=(near, far, deaf), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry_commands(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        try:
            while content := near.recv(65_536):
                if self.lose_from and self.lose_from in content:
                    deaf.set()
                far.sendall(content)
            far.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _carry_answers(self, near: socket.socket, far: socket.socket, deaf: threading.Event) -> None:
        try:
            while content := far.recv(65_536):
                if not (deaf.is_set() or self.losing.is_set()):
                    near.sendall(content)
            near.shutdown(socket.SHUT_WR)
        except OSError:
            return


def _cut(ends: list[socket.socket]) -> None:
    for end in ends:
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            continue
