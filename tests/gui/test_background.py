"""The window's thread goes before all others of its process, and before the worker."""

import os
import sys
import threading
from collections.abc import Callable

import pytest

from core.operating.desk import Desk
from gui.application import Window


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has batch threads")
def test_only_the_windows_thread_pushes_others_off_their_core(
    opened: Window, desk: Desk, soon: Callable[[Callable[[], object]], None]
) -> None:
    soon(lambda: desk.look().workers)
    seen: list[int] = []
    for ask in (opened.bridge.run, opened.bridge.read):
        ask(lambda _: os.sched_getscheduler(0), seen.append, lambda error: pytest.fail(str(error)))
    soon(lambda: len(seen) == 2)

    assert seen == [os.SCHED_BATCH] * 2
    assert os.sched_getscheduler(desk.look().workers[0].pid) == os.SCHED_BATCH
    assert os.sched_getscheduler(threading.get_native_id()) == os.SCHED_OTHER
