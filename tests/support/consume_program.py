"""Runs the test consumer on a data dir until it is killed; prints "ready" when its tables are there.

consume_program DATA_DIR BROKER_URL
"""

import sys
import threading
from pathlib import Path

from core.broker.client import connect
from core.broker.streams import Streams
from core.consuming.inbox import Inbox
from core.storage.database import open_sqlite
from tests.support.collecting import Collect
from tests.support.links import PARTITIONS, make_link_side, open_links_db
from tests.support.looping import make_loop

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    side = make_link_side(open_links_db(folder))
    collect = Collect(batch_size=8)
    database = open_sqlite(folder / "collect.db", name="collect", durable=False)
    Inbox(collect, database, "a worker that is killed").prepare(range(PARTITIONS), side.outbox)
    streams = Streams(connect(sys.argv[2]), PARTITIONS)
    make_loop(collect, database, streams, side.outbox, worker="a worker that is killed").start()
    print("ready", flush=True)
    threading.Event().wait()
