"""Relays a data dir's links.db to a broker until it is killed; prints "ready" first.

relay_program DATA_DIR BROKER_URL
"""

import sys
from pathlib import Path

from core.broker.client import connect
from core.broker.streams import Streams
from core.producing.relay import Relay
from tests.support.links import PARTITIONS, make_link_side, open_links_db

if __name__ == "__main__":
    side = make_link_side(open_links_db(Path(sys.argv[1])))
    relay = Relay(side.outbox, Streams(connect(sys.argv[2]), PARTITIONS))
    relay.start()
    print("ready", flush=True)
    while relay.is_alive():
        relay.wake()
        relay.join(0.005)
