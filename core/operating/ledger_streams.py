"""The broker's side of the ledger: between nothing and everything that was given, in order, without gaps."""

from collections.abc import Mapping

from core.broker.client import connect
from core.broker.stream_ids import StreamIds
from core.errors import BrokerUnavailable
from core.operating.installation import Installation
from core.operating.ledger_report import Naming, StreamsReport

#: How long the broker may take for an answer, in seconds; the ledger does without it.
_ANSWER_S = 2.0


class StreamsLook:
    """One look at the streams, taken before the outbox is read: whatever is there by then must have been given."""

    def __init__(self, installation: Installation) -> None:
        """Look through all streams; a broker that is away is noted."""
        self._findings = Naming()
        self._entries = 0
        self._lasts: Mapping[int, int] = {}
        self._not_checked: str | None = None
        try:
            self._look(installation)
        except BrokerUnavailable as error:
            self._not_checked = str(error)

    def report(self, given: Mapping[int, int]) -> StreamsReport:
        """Hold the streams' ends against the positions that were given."""
        for partition, last in self._lasts.items():
            if last > given.get(partition, 0):
                self._findings.add(
                    f"The stream of partition {partition} ends at {last}, "
                    f"but only {given.get(partition, 0)} were given."
                )
        return StreamsReport(self._not_checked, self._entries, self._findings.named())

    def _look(self, installation: Installation) -> None:
        streams = installation.open_streams(answer_timeout_s=_ANSWER_S)
        ids = StreamIds(connect(installation.broker_url, answer_timeout_s=_ANSWER_S))
        try:
            self._lasts = streams.last_positions()
            for partition in streams.partitions:
                self._look_through(ids, partition)
        finally:
            ids.close()
            streams.close()

    def _look_through(self, ids: StreamIds, partition: int) -> None:
        for page in ids.pages(partition):
            self._entries += page.entries
            for entry_id in page.strange:
                self._findings.add(
                    f"Entry {entry_id} of partition {partition} is not the next position after the one before it."
                )
