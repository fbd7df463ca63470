"""A way to the broker that can lose answers, as networks do. Everything that passes is real."""

import socket
import threading
from pathlib import Path


class LossyProxy:
    """Listens on a unix socket before the broker's; while `losing`, commands arrive but answers don't.

    `lose_from` names a command at whose passing the losing begins.
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

    def close(self) -> None:
        """Cut all connections and end all threads."""
        for end in (self._listener, *self._open):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        for thread in self._threads:
            thread.join(5)
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
            for source, target, answers in ((near, far, False), (far, near, True)):
                thread = threading.Thread(target=self._carry, args=(source, target, answers), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _carry(self, source: socket.socket, target: socket.socket, answers: bool) -> None:
        try:
            while content := source.recv(65_536):
                if not answers and self.lose_from and self.lose_from in content:
                    self.losing.set()
                if not (answers and self.losing.is_set()):
                    target.sendall(content)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return
