"""Consumes a data dir and dies after the commit of a batch, before it is acknowledged, as by a crash at the worst moment.

dying_program DATA_DIR BROKER_URL BATCH
"""

import os
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

from core.broker.client import connect
from core.broker.streams import Streams
from core.storage.database import open_sqlite
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS, make_link_side, open_links_db
from tests.support.looping import make_loop

#: The exit code of a death on purpose.
DIED = 70


class DyingStreams(Streams):
    """Acknowledges some batches, and then never again."""

    #: The batch that is not acknowledged any more.
    last = 1

    def acknowledge(self, group: str, positions: Mapping[int, Iterable[int]]) -> None:
        """Acknowledge, or die."""
        self.last -= 1
        if self.last == 0:
            os._exit(DIED)
        super().acknowledge(group, positions)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    streams = DyingStreams(connect(sys.argv[2]), PARTITIONS)
    streams.last = int(sys.argv[3])
    database = open_sqlite(folder / "collect.db", name="collect", durable=False)
    side = make_link_side(open_links_db(folder))
    make_loop(
        Collect(batch_size=8), database, streams, side.outbox, worker=f"worker with pid {os.getpid()}"
    ).start()
    threading.Event().wait()
