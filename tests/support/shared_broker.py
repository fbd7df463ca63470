"""One real broker for many tests, empty again after each; a test that has damaged it costs a new one."""

import shutil
import tempfile
from pathlib import Path

from redis.exceptions import RedisError

from core.broker.client import connect
from core.broker.server import EmbeddedBroker

MEMORY_MB = 64


class SharedBroker:
    """Lends one broker to one test at a time."""

    def __init__(self) -> None:
        self._lent: EmbeddedBroker | None = None
        self._folder = Path()
        self._before: tuple[int | None, dict[str, str]] = (None, {})

    def take(self) -> EmbeddedBroker:
        """Give the broker, empty and as configured by the program."""
        if self._lent is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sb-"))
            self._lent = EmbeddedBroker(self._folder, memory_mb=MEMORY_MB)
            self._lent.start()
            self._before = self._state(self._lent)
        return self._lent

    def give_back(self) -> None:
        """Empty the broker, or do away with it if it is not the one that it was."""
        assert self._lent is not None
        try:
            if self._state(self._lent) == self._before:
                with connect(self._lent.url) as client:
                    client.flushall()
                    client.script_flush()
                    client.config_resetstat()
                return
        except RedisError:
            pass  # It has been stopped or killed.
        self.close()

    def close(self) -> None:
        """Stop the broker and remove its files."""
        if self._lent is not None:
            self._lent.stop()
            self._lent = None
            shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _state(broker: EmbeddedBroker) -> tuple[int | None, dict[str, str]]:
        with connect(broker.url) as client:
            return broker.pid, dict(client.config_get("*"))
