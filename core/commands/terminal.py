"""What `main.py` does where there is no display: its main job, in the terminal."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from core.commands.context import Call, console, end_on_signals, log_to_file_of, wait_until
from core.commands.watch import picture, show_live
from core.operating.desk import Desk
from core.operating.snapshot import Snapshot

_EXAMPLES = (
    "https://example.com/",
    "https://example.org/conference/2026/programme",
    "https://example.net/?from=signalbox",
)
#: Longest wait for the five consumers, in seconds.
_PATIENCE_S = 20.0


def has_display() -> bool:
    """Tell whether a window could be opened here; Qt itself would abort the process instead of telling."""
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def show_in_terminal(call: Call, draw_window: Callable[[Desk, Snapshot, Path], None]) -> int:
    """Create three links, show their journeys, draw the window into a file; stay only if somebody is at the terminal."""
    console.print("There is no display here, so the window can't open; this is its main job in the terminal.")
    log_to_file_of(call, "desk")
    end_on_signals()
    with call.running_desk(run_worker=True) as desk:
        wait_until(lambda: bool(picture(desk).workers), seconds=_PATIENCE_S)
        created = {desk.create_link(url).event_id for url in _EXAMPLES}
        consistent = _await_consistency(desk, created)
        show_live(desk, None if sys.stdout.isatty() else 0.0)
        file = call.settings.data_dir / "window.png"
        draw_window(desk, picture(desk), file)
        console.print(f"The window as it would look: {file}", markup=False)
    if not consistent:
        console.print(f"Not all consumers were done within {_PATIENCE_S:g} s; see the logs in the data dir.")
    return 0 if consistent else 1


def _await_consistency(desk: Desk, event_ids: set[str]) -> bool:
    def is_consistent() -> bool:
        journeys = picture(desk).journeys
        return event_ids <= {journey.event_id for journey in journeys if journey.consistent_ms is not None}

    return wait_until(is_consistent, seconds=_PATIENCE_S)
