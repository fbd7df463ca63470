"""Owns the embedded broker of a data dir, prints the server's process id, and waits to be killed."""

import sys
from pathlib import Path

from core.broker.server import EmbeddedBroker

if __name__ == "__main__":
    broker = EmbeddedBroker(Path(sys.argv[1]), memory_mb=64)
    broker.start()
    print(broker.pid, flush=True)
    sys.stdin.readline()
    broker.stop()
