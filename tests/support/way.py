"""The whole way of an event in one process: producer, relay and consumer runtime, with the test consumer at its end."""

from pathlib import Path

from core.broker.cluster_streams import open_streams
from core.broker.streams import Streams
from core.consuming import tables
from core.consuming.loop import ConsumerLoop
from core.producing.relay import Relay
from core.storage.database import open_sqlite
from core.storage.schema import prepare
from tests.support.collecting import Collect, collected, metadata
from tests.support.links import PARTITIONS, LinkSide
from tests.support.looping import make_loop
from tests.support.waiting import PATIENCE_S

#: Longest wait for an answer of the broker, in seconds: longer than a blocked read, shorter than a test.
ANSWER_S = 0.5


class Way:
    """A producer's side, and a relay and a consumer that run between `start` and `stop`."""

    def __init__(self, side: LinkSide, folder: Path) -> None:
        self.side = side
        self.collect = Collect()
        self.file = folder / "collect.db"
        self.database = open_sqlite(self.file, name="collect", durable=False)
        prepare(self.database, tables.metadata, metadata)
        self._streams: list[Streams] = []
        self._running: list[Relay | ConsumerLoop] = []
        self._starts = 0

    def start_relay(self, url: str) -> Relay:
        """Publish to a broker from now on."""
        relay = Relay(self.side.outbox, self._open(url))
        self._running.append(relay)
        relay.start()
        return relay

    def start_loop(self, url: str) -> ConsumerLoop:
        """Consume from a broker from now on, as a new worker."""
        self._starts += 1
        loop = make_loop(
            self.collect,
            self.database,
            self._open(url),
            self.side.outbox,
            worker=f"worker {self._starts}",
        )
        self._running.append(loop)
        loop.start()
        return loop

    def _open(self, url: str) -> Streams:
        self._streams.append(open_streams(url, PARTITIONS, answer_timeout_s=ANSWER_S))
        return self._streams[-1]

    def create(self, count: int) -> None:
        """Create links."""
        for number in range(count):
            self.side.producer.create_link(f"https://example.com/{number}", by="ann")
        for thread in self._running:
            if isinstance(thread, Relay):
                thread.wake()

    def effects(self) -> list[str]:
        """Give the event of each effect that the consumer has had, also of doubled ones."""
        return [event_id for events in collected(self.database).values() for _, event_id in events]

    def has_everything(self) -> bool:
        """Tell whether the consumer has exactly one effect of each committed event, in order."""
        committed = {
            number: [
                (event.position, event.event_id)
                for event in self.side.outbox.read(number, after=0, limit=100_000)
            ]
            for number in range(PARTITIONS)
        }
        wanted = {number: events for number, events in committed.items() if events}
        return not self.side.outbox.unpublished()[0] and collected(self.database) == wanted

    def stop(self) -> None:
        """Let relay and consumer end."""
        for thread in self._running:
            thread.stop()
        for thread in self._running:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in self._running)
        self._running = []

    def close(self) -> None:
        """Stop, and close everything."""
        self.stop()
        for streams in self._streams:
            streams.close()
        self.database.close()
