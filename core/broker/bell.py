"""A bell that the relay rings after each append: on a cluster nobody can wait for entries of several nodes at once.

Only a hint: whoever waits looks again anyway when the time is up, so a node that swallows it costs a moment, no event.
"""

import threading
from typing import Any

import redis

from core.broker.client import errors_mapped
from core.errors import BrokerUnavailable

_CHANNEL = "signalbox:appended"


class Bell:
    """Rings, or is listened to by one thread."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._heard: Any = None
        self._never = threading.Event()

    def ring(self) -> None:
        """Tell whoever waits; a broker that does not answer tells nobody."""
        try:
            with errors_mapped():
                self._client.publish(_CHANNEL, b"")
        except BrokerUnavailable:
            return

    def listen(self) -> None:
        """Hear what rings from now on; what has rung before is forgotten."""
        try:
            with errors_mapped():
                if self._heard is None:
                    self._heard = self._client.pubsub(ignore_subscribe_messages=True)
                    self._heard.subscribe(_CHANNEL)
                while self._heard.get_message() is not None:
                    pass
        except BrokerUnavailable:
            self.close()

    def wait(self, seconds: float) -> None:
        """Wait for a ring, at most so long."""
        try:
            with errors_mapped():
                if self._heard is not None:
                    self._heard.get_message(timeout=seconds)
                    return
        except BrokerUnavailable:
            self.close()
        self._never.wait(seconds)

    def close(self) -> None:
        """Listen no more."""
        if self._heard is not None:
            self._heard.close()
            self._heard = None
