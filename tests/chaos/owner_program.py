"""Owns a data dir until it is killed: broker, relay and monitor, without consumers; waits while somebody else owns it.

owner_program DATA_DIR
"""

import signal
import sys
import threading
from pathlib import Path

from consumers import NAMES, build_consumers
from core.errors import BrokerUnavailable, DataDirInUse, StoreUnavailable
from core.operating.desk import Desk
from core.operating.logs import log_to_file
from core.operating.program import Program
from core.settings import Settings
from tests.support.programs import MAIN

#: Rest between attempts, in seconds.
_REST_S = 0.2


def own(data_dir: Path, stopping: threading.Event) -> None:
    """Own the data dir until told to stop, however often that fails at first."""
    log_to_file(data_dir, "owner")
    program = Program((sys.executable, str(MAIN)), NAMES, build_consumers)
    settings = Settings.load(data_dir=data_dir)
    while not stopping.is_set():
        try:
            desk = Desk.open(settings, program=program, run_worker=False)
        except (DataDirInUse, BrokerUnavailable, StoreUnavailable) as error:
            print(error, flush=True)
            stopping.wait(_REST_S)
            continue
        while not stopping.wait(0.5):
            pass
        print("closed; left or killed:", desk.close(), flush=True)


if __name__ == "__main__":
    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told.set())
    own(Path(sys.argv[1]), told)
