"""The program with its window, watched: `main.py` as it is, with a probe in the window's own thread.

Nothing of Qt is imported before main.py does it: the order of imports is part of what `start` measures.
"""

import main
from core.commands.context import Call
from tests.bench.window_marks import Marks, mark


def open_watched_window(call: Call) -> int:
    """Open the window as main.py does; it answers orders on this process's input."""
    marks: Marks = {}
    mark(marks, "command line")
    from gui import application  # noqa: PLC0415 - as main.py does

    mark(marks, "imports of the window")
    from tests.bench.window_probe import WatchedWindow  # noqa: PLC0415 - it imports Qt

    WatchedWindow.marks = marks
    application.Window = WatchedWindow  # type: ignore[misc]
    return application.run_window(call.settings, call.program)


if __name__ == "__main__":
    main.open_window = open_watched_window
    main.main()
