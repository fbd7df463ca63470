"""Forks a process per line of input and prints how each ended.

A line is an object of data_dir, broker, partitions, role ("relay" or "consumer"), fault and kill_at (or null).
Forking from a program that has loaded everything takes a tenth of the time of starting one; nothing is open here.
"""

import json
import os
import sys
from pathlib import Path

from consumers.analytics import Analytics
from core.broker.client import connect
from core.storage.database import open_sqlite
from tests.mutants.naive import Fault, NaiveConsumer, NaiveRelay, Point, Script


def play(order: dict[str, str]) -> None:
    """Do what one process does."""
    folder = Path(order["data_dir"])
    script = Script(
        Fault(order["fault"]) if order["fault"] else None,
        Point(order["kill_at"]) if order["kill_at"] else None,
    )
    client = connect(order["broker"])
    if order["role"] == "relay":
        NaiveRelay(open_sqlite(folder / "links.db", name="links", durable=True), client, script).publish()
    else:
        database = open_sqlite(folder / "analytics.db", name="analytics", durable=False)
        NaiveConsumer(Analytics(), database, client, int(order["partitions"]), script).drain()


def play_apart(line: str) -> int:
    """Do it in a process of its own; gives 0, or minus the signal that it died of."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        play(json.loads(line))
    except Exception:  # noqa: BLE001 - a child must not go on as a second nursery
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    for order in sys.stdin:
        print(play_apart(order), flush=True)
