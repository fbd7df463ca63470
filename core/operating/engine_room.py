"""What the owner of a data dir runs: the embedded broker, the relay that publishes, and perhaps a worker as a child.

Whoever starts it has to own the data dir; it looks at neither lock nor snapshot, and nothing in it reads a consumer.
"""

import threading
import time
from collections.abc import Callable

from core.broker.server import EmbeddedBroker
from core.broker.wake import WakeListener
from core.operating.faults.broker_faults import BrokerFaults
from core.operating.installation import Installation
from core.operating.journal.intents import Intents
from core.operating.journal.settler import Settler
from core.operating.upkeep.floors import read_floor
from core.operating.upkeep.trimmer import Trimmer
from core.operating.worker_process import WorkerProcess
from core.operating.worker_room import worker_environment
from core.producing.relay import Relay

#: Threads that publish are waited for this long each, in seconds; they look at their stop flag more often.
THREAD_STOP_S = 1.0
#: A worker is given at least this long to end, in seconds, however little of the deadline is left.
SHORTEST_WORKER_STOP_S = 0.5


class EngineRoom:
    """Empty until `start`; stopping is asked for first, so that all parts end side by side, and then awaited."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._broker: EmbeddedBroker | None = None
        self._faults: BrokerFaults | None = None
        self._relay: Relay | None = None
        self._trimmer: Trimmer | None = None
        self._settler: Settler | None = None
        self._listener: WakeListener | None = None
        self._worker: WorkerProcess | None = None

    def start(
        self, worker_command: tuple[str, ...] | None, note_relay_error: Callable[[str | None], None]
    ) -> None:
        """Start broker and relay, and a worker if the words that start one are given.

        Raises:
            BrokerUnavailable, StoreUnavailable, BadSettings: one can't be started; `ask_to_stop` and `stop` end the rest.
        """
        settings = self._installation.settings
        if settings.broker is None:
            self._broker = EmbeddedBroker(settings.data_dir, memory_mb=settings.broker_memory_mb)
            self._broker.start()
        self._faults = BrokerFaults(
            self._installation.control,
            self._broker,
            url=self._installation.broker_url,
            partitions=settings.partitions,
        )
        self._faults.start()
        self._relay = Relay(
            self._installation.outbox,
            self._installation.open_streams(),
            accept_volatile_broker=settings.accept_volatile_broker,
            floor=lambda: read_floor(self._installation),
            on_error=note_relay_error,
        )
        self._relay.start()
        self._trimmer = Trimmer(self._installation)
        self._trimmer.start()
        self._settler = Settler(Intents(self._installation.control, self._installation.links))
        self._settler.start()
        self._listener = WakeListener(self._installation.broker_url, self._relay.wake)
        self._listener.start()
        if worker_command is not None:
            self._worker = WorkerProcess(
                worker_command, worker_environment(settings), settings.data_dir / "logs"
            )
            self._worker.start()

    def ask_to_stop(self) -> list[str]:
        """Let every part begin to end, without waiting; gives the name of a broker that had to be killed at once."""
        if self._worker is not None:
            self._worker.ask_to_stop()
        if self._relay is not None:
            self._relay.stop()
        if self._trimmer is not None:
            self._trimmer.stop()
        if self._settler is not None:
            self._settler.stop()
        unclean = [] if self._faults is None or self._faults.stop() else ["broker faults"]
        # Frozen, it would hold up all that wait for its answer.
        frozen = self._broker is not None and self._broker.end_if_frozen()
        return [*unclean, "frozen broker"] if frozen else unclean

    def stop(self, until: float) -> list[str]:
        """Wait for every part's end, to `until` on the monotonic clock; gives the names of those left or killed."""
        unclean = self._stop_publishing()
        left_s = max(SHORTEST_WORKER_STOP_S, until - time.monotonic())
        if self._worker is not None and not self._worker.stop(left_s):
            unclean.append("worker")
        if self._broker is not None and not self._broker.stop():
            unclean.append("broker")
        return unclean

    def _stop_publishing(self) -> list[str]:
        threads: list[threading.Thread] = [
            thread
            for thread in (self._listener, self._relay, self._trimmer, self._settler)
            if thread is not None
        ]
        if self._listener is not None:
            self._listener.stop()
        for thread in threads:
            thread.join(THREAD_STOP_S)
        return [thread.name for thread in threads if thread.is_alive()]

    @property
    def relay(self) -> Relay | None:
        """The relay, once it was started; None in a desk that is attached."""
        return self._relay

    @property
    def trimmer(self) -> Trimmer | None:
        """What removes old entries and events, once it was started; None in a desk that is attached."""
        return self._trimmer

    @property
    def broker_pid(self) -> int | None:
        """Process id of the embedded broker, if one runs here."""
        return self._broker.pid if self._broker is not None else None

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one runs here."""
        return self._worker.pid if self._worker is not None else None

    def why_full(self) -> str | None:
        """Say why the broker's memory stays nearly full, or None."""
        return self._trimmer.problem if self._trimmer is not None else None

    def describe_worker(self) -> str | None:
        """Say what the worker that was started here does; None if none was."""
        return self._worker.description if self._worker is not None else None
