"""Runs the test consumer on a data dir until it is killed; prints "ready" when its tables are there.

consume_program DATA_DIR BROKER_URL [LINK_ID]

With a link, it kills itself whenever it is to handle an event of that one.
"""

import os
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from core.broker.client import connect
from core.broker.streams import Streams
from core.consuming.inbox import Inbox
from core.events.envelope import Event
from core.storage.database import open_sqlite
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS, make_link_side, open_links_db
from tests.support.looping import make_loop


def die_of(link_id: str, events: Sequence[Event]) -> None:
    if any(event.link_id == link_id for event in events):
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    side = make_link_side(open_links_db(folder))
    collect = Collect(batch_size=8)
    if len(sys.argv) > 3:
        collect.after = partial(die_of, sys.argv[3])
    database = open_sqlite(folder / "collect.db", name="collect", durable=False)
    Inbox(collect, database, "a worker that is killed").prepare(range(PARTITIONS), side.outbox)
    streams = Streams(connect(sys.argv[2]), PARTITIONS)
    make_loop(collect, database, streams, side.outbox, worker="a worker that is killed").start()
    print("ready", flush=True)
    threading.Event().wait()
