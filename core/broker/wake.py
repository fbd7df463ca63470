"""A knock on the relay's door: "there is something to publish". Only a hint; the relay looks by itself each second."""

import threading
from collections.abc import Callable

import redis

from core.broker.client import connect, errors_mapped
from core.errors import BrokerUnavailable

_CHANNEL = "signalbox:wake"
#: How often a listener looks whether it should end, in seconds.
_GLANCE_S = 0.2


def wake(client: redis.Redis) -> None:
    """Tell whoever holds the relay; a broker that is down is told nothing, and nothing is lost by it."""
    try:
        with errors_mapped():
            client.publish(_CHANNEL, b"")
    except BrokerUnavailable:
        return


class WakeListener(threading.Thread):
    """Calls `on_wake` at each knock, from any process; survives a broker that comes and goes."""

    def __init__(self, url: str, on_wake: Callable[[], None]) -> None:
        super().__init__(name="wake", daemon=True)
        self._url = url
        self._on_wake = on_wake
        self._stopping = threading.Event()

    def run(self) -> None:
        """Listen until stopped."""
        while not self._stopping.is_set():
            try:
                with errors_mapped():
                    self._listen()
            except BrokerUnavailable:
                self._stopping.wait(0.5)

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()

    def _listen(self) -> None:
        with connect(self._url) as client, client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(_CHANNEL)
            self._on_wake()  # Whatever knocked while nobody listened.
            while not self._stopping.is_set():
                if channel.get_message(timeout=_GLANCE_S) is not None:
                    self._on_wake()
