"""A knock on the relay's door: "there is something to publish". Only a hint; the relay looks by itself each second."""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress

import redis

from core.broker.client import CONNECT_TIMEOUT_S, connect, errors_mapped
from core.errors import BrokerUnavailable

_CHANNEL = "signalbox:wake"
#: How often a listener looks whether it should end, in seconds.
_GLANCE_S = 0.2
#: Longest wait for the answer to a knock, in seconds.
_KNOCK_S = 1.0
#: Longest wait for the last knock, in seconds: a connection that can't be made, and the answer.
_LAST_KNOCK_S = CONNECT_TIMEOUT_S + _KNOCK_S


def wake(client: redis.Redis) -> None:
    """Tell whoever holds the relay; a broker that is down is told nothing, and nothing is lost by it."""
    try:
        with errors_mapped():
            client.publish(_CHANNEL, b"")
    except BrokerUnavailable:
        return


class Knocker:
    """Knocks in a thread of its own: whoever has committed must not wait for a broker that does not answer.

    However often it is asked while a knock is under way, one more follows: it stands for all of them.
    """

    def __init__(self, url: str) -> None:
        self._client = connect(url, answer_timeout_s=_KNOCK_S)
        self._asked: queue.Queue[bool] = queue.Queue(maxsize=1)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def knock(self) -> None:
        """Knock soon; returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="knock", daemon=True)
                self._thread.start()
        with suppress(queue.Full):  # The one that is asked for already comes after this commit too.
            self._asked.put_nowait(True)

    def close(self) -> None:
        """Knock for the last time if that was asked for, and end."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            with suppress(queue.Full):  # A broker that does not answer; a daemon ends with the process.
                self._asked.put(False, timeout=_LAST_KNOCK_S)
            thread.join(_LAST_KNOCK_S)
        self._client.close()

    def _run(self) -> None:
        while self._asked.get():
            wake(self._client)


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
