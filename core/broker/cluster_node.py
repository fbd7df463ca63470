"""One node of a cluster: nobody waits for it again once it did not answer, until it does.

A thread of its own looks after a node that is away, so that those who have work with the others never wait for it.
"""

import logging
import threading

import redis
from redis.exceptions import RedisError

from core.broker.cluster_map import Address, said

log = logging.getLogger(__name__)

#: Rest between two looks at a node that is away, in seconds.
_LOOK_EVERY_S = 0.25


class Node:
    """A client for one node; `trouble` says why it is left alone, or is None."""

    def __init__(self, address: Address, client: redis.Redis) -> None:
        self.address = address
        self.client = client
        self.trouble: str | None = None
        self._lock = threading.Lock()
        self._closing = threading.Event()

    def away(self, error: Exception) -> None:
        """Leave it alone until it answers again."""
        with self._lock:
            if self.trouble is not None:
                return
            self.trouble = f"{said(self.address)} does not answer: {error}"
            self._closing = closing = threading.Event()
        log.warning("the broker's node %s", self.trouble)
        threading.Thread(target=self._look, args=(closing,), name="broker node", daemon=True).start()

    def close(self) -> None:
        """Give the connections back; they open again when needed."""
        with self._lock:
            self._closing.set()
            self.trouble = None
        self.client.close()

    def _look(self, closing: threading.Event) -> None:
        while not closing.wait(_LOOK_EVERY_S):
            try:
                self.client.ping()
            except (RedisError, OSError):
                continue
            with self._lock:
                if not closing.is_set():
                    self.trouble = None
                    log.info("the broker's node %s answers again", said(self.address))
                    return
        self.client.close()
