"""Who keeps a database locked: a frozen process has its lock for as long as it neither goes on nor ends.

SQLite's lock belongs to its process: no other worker can take it over, whatever the heartbeats say.
"""

import re
from contextlib import suppress
from pathlib import Path

import psutil

from core.errors import DatabaseDamaged, StoreUnavailable
from core.operating.snapshot import Cause, Notice, Severity
from core.operating.upkeep.notices import trouble_of_database
from core.storage.sqlite_files import try_writing

_DATABASE = re.compile(r"Database (?P<name>\S+?):? ")


def frozen_holders(path: Path) -> list[int]:
    """Give the frozen processes of this machine that have a file open; those of other users stay unknown."""
    found = []
    for process in psutil.process_iter(["status"]):
        # Few processes are frozen: the files of all others need not be looked at.
        if process.info["status"] != psutil.STATUS_STOPPED:
            continue
        with suppress(psutil.Error):
            if any(Path(file.path) == path.resolve() for file in process.open_files()):
                found.append(process.pid)
    return found


def frozen_lock(path: Path) -> str | None:
    """Say which frozen process keeps a database locked at this moment, and what to do; None = none does."""
    try:
        try_writing(path, wait_s=0.0)
    except (StoreUnavailable, DatabaseDamaged) as error:
        notice = told_with_its_holder(str(error), path.parent)
        return None if notice is None else f"{notice.what} {notice.remedy}"
    return None


def told_with_its_holder(error: str, data_dir: Path) -> Notice | None:
    """Say which frozen process keeps a database locked; None = none does, or the error tells of something else."""
    name = _DATABASE.search(error)
    if name is None or trouble_of_database(error).cause is not Cause.LOCKED:
        return None
    path = data_dir / f"{Path(name['name']).name.removesuffix('.db')}.db"
    pids = [str(pid) for pid in frozen_holders(path)]
    if not pids:
        return None
    who = f"process {pids[0]}" if len(pids) == 1 else f"one of the processes {', '.join(pids)}"
    return Notice(
        Cause.LOCKED,
        Severity.BAD,
        f"Database {path.stem} is locked by {who}, which is frozen: what needs it waits; nothing is lost.",
        "",
        f"Wake it (kill -CONT {pids[0]}) or end it (kill -KILL {pids[0]}); everything goes on by itself.",
    )
