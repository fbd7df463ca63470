"""The monitor: looks at everything some times a second and hands out one immutable Snapshot. It changes nothing.

Whatever has not changed is not read again, so that a desk at rest costs next to nothing.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from core.consuming.controls import Wanted
from core.consuming.heartbeats import Heartbeat
from core.errors import StoreUnavailable
from core.operating.broker_watch import ANSWER_S, BrokerWatch
from core.operating.consumer_health import ConsumerTrack, Figures
from core.operating.control_watch import ControlLook, ControlWatch
from core.operating.endpoints.failing import FailingEndpoint
from core.operating.endpoints.rows import WEBHOOK
from core.operating.endpoints.watch import EndpointWatch
from core.operating.endpoints.words import warning_of
from core.operating.installation import Installation
from core.operating.link_errors import LinkErrors
from core.operating.links.consistency import ConsistencyTrack
from core.operating.links.journeys import Journeys
from core.operating.outbox_watch import OutboxLook, OutboxWatch
from core.operating.readings import ConsumerReadings, Progress
from core.operating.snapshot import (
    ConsumerHealth,
    FeedEntry,
    OutboxBacklog,
    PartitionHealth,
    Snapshot,
    WorkerHealth,
)

log = logging.getLogger(__name__)

#: Rounds a second, unless somebody wants fewer.
REFRESH_HZ = 4.0
#: Rows of the dashboard feed.
FEED_ROWS = 200


class Monitor:
    """Builds snapshots; `start` does so by itself, `look` once. One thread at a time looks."""

    def __init__(
        self,
        installation: Installation,
        *,
        broker_expected: Callable[[], bool],
        relay_error: Callable[[], str | None],
        own_worker: Callable[[], str | None],
    ) -> None:
        self._installation = installation
        self._broker_expected = broker_expected
        self._relay_error = relay_error
        self._own_worker = own_worker
        self._control = ControlWatch(installation.control)
        self._streams = installation.open_streams(answer_timeout_s=ANSWER_S)
        embedded = installation.settings.broker is None
        self._broker = BrokerWatch(self._streams, installation.broker_url, embedded=embedded)
        self._readings: dict[str, ConsumerReadings] = {}
        self._tracks: dict[str, ConsumerTrack] = {}
        self._journeys = Journeys(installation.outbox, self._readings)
        self._consistency = ConsistencyTrack(installation.outbox, self._readings)
        self._outbox = OutboxWatch(installation.outbox)
        self._link_errors = LinkErrors(installation.links)
        self._endpoints = EndpointWatch(installation.control)
        self._failing: tuple[FailingEndpoint, ...] = ()
        self._outbox_seen: OutboxLook | None = None
        self._feed_seen: object = None
        self._feed: tuple[FeedEntry, ...] = ()
        self._team_names: dict[str, str] = {}
        self._busy = True
        self._listeners: list[Callable[[Snapshot], None]] = []
        #: Rounds a second; whoever sets it is obeyed after the round that is waited for.
        self.refresh_hz = REFRESH_HZ
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        #: The newest picture; None before the first.
        self.snapshot: Snapshot | None = None

    # Running by itself

    def start(self) -> None:
        """Look by itself until stopped."""
        self._thread.start()

    def stop(self, deadline_s: float = 2.0) -> bool:
        """Stop looking; False when it is still at it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(deadline_s)
        for readings in self._readings.values():
            readings.close()
        self._streams.close()
        return not self._thread.is_alive()

    def subscribe(self, callback: Callable[[Snapshot], None]) -> Callable[[], None]:
        """Call back with each new picture, in the monitor's thread; gives the way to end it."""
        self._listeners.append(callback)

        def unsubscribe() -> None:
            if callback in self._listeners:
                self._listeners.remove(callback)

        return unsubscribe

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                self._tell(self.look())
            except (
                Exception
            ):  # A thread must never die in silence; the age of the figures tells of it meanwhile.
                log.exception("the monitor could not look")
            self._stopping.wait(max(0.02, 1 / self.refresh_hz - (time.monotonic() - began)))

    def _tell(self, snapshot: Snapshot) -> None:
        for listener in list(self._listeners):
            try:
                listener(snapshot)
            except Exception:  # A listener's trouble is its own.
                log.exception("a listener of the monitor failed")

    # One round

    def look(self) -> Snapshot:
        """Read everything once; when the database can't be read, the last picture is given with the reason."""
        began, now = time.perf_counter(), time.time()
        try:
            snapshot = self._read(now, began)
        except StoreUnavailable as error:
            if self.snapshot is None:
                snapshot = self._empty(now, str(error))
            else:
                snapshot = replace(self.snapshot, database_error=str(error), own_worker=self._own_worker())
        self.snapshot = snapshot
        return snapshot

    def _read(self, now: float, began: float) -> Snapshot:
        broker = self._broker.look(expected=self._broker_expected(), busy=self._busy)
        outbox = self._outbox.look()
        changed = outbox is not self._outbox_seen
        control = self._control.look()
        consumers = self._consumers(now, outbox, control)
        if changed or not self._team_names:
            self._team_names = {team.team_id: team.name for team in self._installation.teams.all()}
        self._busy = bool(outbox.unpublished) or any(health.lag or health.in_flight for health in consumers)
        feed = self._read_feed()
        journeys = self._journeys.look(changed=changed, team_names=self._team_names)
        self._outbox_seen = outbox
        return Snapshot(
            taken_at=now,
            took_ms=(time.perf_counter() - began) * 1000,
            broker=broker,
            outbox=OutboxBacklog(
                outbox.unpublished,
                None if outbox.oldest_at is None else max(0.0, now - outbox.oldest_at),
                self._relay_error(),
            ),
            partitions=tuple(PartitionHealth(c.partition, c.given, c.published) for c in outbox.cursors),
            consumers=consumers,
            workers=_workers(control.heartbeats),
            journeys=journeys,
            feed=feed,
            feed_newest_id=feed[0].entry_id if feed else 0,
            database=self._installation.links.where,
            database_error=None,
            own_worker=self._own_worker(),
            private_targets_allowed=self._installation.settings.allow_private_targets,
            faults=control.faults,
            consistency=self._consistency.look(now, outbox),
            failing_endpoints=self._failing,
            endpoints_off=control.endpoints_off,
        )

    def _consumers(self, now: float, outbox: OutboxLook, control: ControlLook) -> tuple[ConsumerHealth, ...]:
        published = {cursor.partition: cursor.published for cursor in outbox.cursors}
        for name in control.registered:
            if name not in self._readings:
                self._readings[name] = ConsumerReadings(self._installation, name)
                self._tracks[name] = ConsumerTrack(name)
            self._readings[name].rebuilt_at = control.rebuilt.get(name)
        progress = {name: readings.progress() for name, readings in self._readings.items()}
        oldest = self._oldest_waiting(published, progress)
        self._failing = self._endpoints.look(self._readings.get(WEBHOOK))
        warnings = {WEBHOOK: warning_of(self._failing, control.endpoints_off, now)}
        healths = []
        for name, read in progress.items():
            figures = Figures(
                published=published,
                watermarks=None if read is None else read.watermarks,
                parked=None if read is None else read.parked,
                dead=None if read is None else read.dead,
                oldest_at=oldest.get(name),
                in_flight=self._broker.in_flight(name),
                wanted=control.wanted.get(name, Wanted()),
                heartbeats=[beat for beat in control.heartbeats if beat.consumer == name],
                marks=control.marks.get(name, ()),
                warning=warnings.get(name),
                unread=self._readings[name].unread,
            )
            healths.append(self._link_errors.told(self._tracks[name].health(figures, now)))
        return tuple(healths)

    def _oldest_waiting(
        self, published: Mapping[int, int], progress: Mapping[str, Progress | None]
    ) -> dict[str, float]:
        """Give when the oldest event was committed that waits for each consumer; all are asked for at once."""
        places = {
            name: [
                (number, read.watermarks.get(number, 0) + 1)
                for number, last in published.items()
                if read.watermarks.get(number, 0) < last
            ]
            for name, read in progress.items()
            if read is not None
        }
        times = self._outbox.committed_at({place for own in places.values() for place in own})
        found = {name: [times[place] for place in own if place in times] for name, own in places.items()}
        return {name: min(own) for name, own in found.items() if own}

    def _read_feed(self) -> tuple[FeedEntry, ...]:
        """Read the feed when the dashboard has moved; what can't be read now stays as it was."""
        readings = self._readings.get("dashboard")
        seen = None if readings is None else readings.watermarks()
        if readings is None or seen is None or seen == self._feed_seen:
            return self._feed
        try:
            rows = readings.feed(FEED_ROWS)
        except StoreUnavailable:
            return self._feed
        self._feed_seen = seen
        self._feed = tuple(
            FeedEntry(
                entry_id=row.entry_id,
                event_id=row.event_id,
                event_type=row.type,
                link_id=row.link_id,
                team=self._team_names.get(row.team_id, "?"),
                text=row.text,
                at=row.at,
            )
            for row in rows
        )
        return self._feed

    def _empty(self, now: float, error: str) -> Snapshot:
        return Snapshot(
            taken_at=now,
            took_ms=0.0,
            broker=self._broker.look(expected=self._broker_expected(), busy=True),
            outbox=OutboxBacklog(None, None, error),
            partitions=(),
            consumers=(),
            workers=(),
            journeys=(),
            feed=(),
            feed_newest_id=0,
            database=self._installation.links.where,
            database_error=error,
            own_worker=self._own_worker(),
            private_targets_allowed=self._installation.settings.allow_private_targets,
        )


def _workers(beats: Sequence[Heartbeat]) -> tuple[WorkerHealth, ...]:
    by_worker: dict[str, list[Heartbeat]] = {}
    for beat in beats:
        by_worker.setdefault(beat.worker_id, []).append(beat)
    return tuple(
        WorkerHealth(
            worker_id=worker_id,
            host=own[0].host,
            pid=own[0].pid,
            consumers=tuple(beat.consumer for beat in own),
            started_at=own[0].started_at,
            heard_at=max(beat.heard_at for beat in own),
            memory_bytes=own[0].memory_bytes,
        )
        for worker_id, own in by_worker.items()
    )
