"""Holds the writer's place of a SQLite file until it is told to go on, or adds up numbers in it.

hold PATH        prints "held"; commits at the next line of its input
count PATH N     reads and raises `counters.value` N times, each in a transaction
"""

import sys
from pathlib import Path

from sqlalchemy import text

from core.storage.database import Database, open_sqlite


def hold(database: Database) -> None:
    with database.transaction() as db:
        db.execute(text("UPDATE counters SET value = value + 100"))
        print("held", flush=True)
        sys.stdin.readline()
    print("done", flush=True)


def count(database: Database, times: int) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    for _ in range(times):
        with database.transaction() as db:
            value = db.scalar(text("SELECT value FROM counters")) or 0
            db.execute(text("UPDATE counters SET value = :value"), {"value": value + 1})
    print("done", flush=True)


if __name__ == "__main__":
    opened = open_sqlite(Path(sys.argv[2]), name="shared", durable=False)
    if sys.argv[1] == "hold":
        hold(opened)
    else:
        count(opened, int(sys.argv[3]))
