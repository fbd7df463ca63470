"""What is not the window's thread goes after it: the window paints, and whatever woke meanwhile waits for its turn.

One repaint is hundreds of calls that each give up the interpreter for a moment. Linux lets a thread that wakes just then
push the window's off its core, and a repaint took twice as long. A batch thread (sched(7), SCHED_BATCH) pushes nobody; its
share of the processor is the same, which a lower priority's would not be: a thread that holds the interpreter and is not
let run would make the window wait all the longer.
"""

import logging
import os
import sys

log = logging.getLogger(__name__)


def step_behind() -> None:
    """Let this thread, and the threads and processes that it starts from now on, push no other off its core.

    Does nothing where there is no such thing (it is Linux's) or where it is forbidden.
    """
    if sys.platform != "linux":
        return
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    except OSError as error:  # A sandbox may forbid it; the window is only less smooth then.
        log.info("threads can't step behind the window's: %s", error)
