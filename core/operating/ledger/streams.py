"""The broker's side of the ledger: between nothing and everything that was given, in order, without gaps.

What somebody else has written there is named, but it is no fault of ours: consumers set it apart.
"""

import threading
import time

from core.broker.client import READ_BATCHES, connect
from core.broker.stream_ids import StreamIds
from core.broker.streams import Streams
from core.errors import BrokerUnavailable
from core.operating.installation import Installation
from core.operating.ledger.report import Naming, StreamsReport

#: How long the broker may take for an answer, in seconds; the ledger does without it.
_ANSWER_S = 2.0
#: How long the relay has to put right what was found, such as a stream that somebody else wrote into; in seconds.
_LAST_CHANCE_S = 2.5
_GLANCE_S = 0.25


def look_at_streams(installation: Installation) -> StreamsReport:
    """Look through all streams; a broker that is away is noted."""
    streams = installation.open_streams(answer_timeout_s=_ANSWER_S)
    ids = StreamIds(connect(installation.broker_url, answer_timeout_s=_ANSWER_S, read_at_once=READ_BATCHES))
    pause, deadline = threading.Event(), time.monotonic() + _LAST_CHANCE_S
    try:
        if waiting := streams.why_waiting():
            return StreamsReport(not_checked=waiting)
        report = _look(installation, streams, ids)
        while report.findings.count and time.monotonic() < deadline:
            pause.wait(_GLANCE_S)
            report = _look(installation, streams, ids)
    except BrokerUnavailable as error:
        return StreamsReport(not_checked=str(error))
    finally:
        ids.close()
        streams.close()
    return report


def _look(installation: Installation, streams: Streams, ids: StreamIds) -> StreamsReport:
    lasts = streams.last_positions()
    # Read afterwards: whatever was there must have been given by then.
    given = {cursor.partition: cursor.given for cursor in installation.outbox.cursors()}
    findings, strangers, entries = Naming(), Naming(), 0
    for number, last in lasts.items():
        if last > given.get(number, 0):
            findings.add(
                f"The stream of partition {number} ends at {last}, but only {given.get(number, 0)} were given."
            )
        for page in ids.pages(number):
            entries += page.entries
            for entry_id in page.torn:
                findings.add(
                    f"Entry {entry_id} of partition {number} is not the next position after the one before it."
                )
            for entry_id in page.strange:
                strangers.add(f"{number}/{entry_id}")
    return StreamsReport(None, entries, findings.named(), strangers.named())
