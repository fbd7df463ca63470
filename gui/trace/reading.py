"""What is read of a trace, and put below each other already: thousands of steps would hold up the window."""

import time
from dataclasses import dataclass

from core.operating.desk import Desk
from core.operating.traces.trace import Trace
from gui.trace.bands import Band, bands_of, rows_in
from gui.trace.rows import StepRow

#: What is over is read again after so many seconds: more may follow.
REST_S = 10.0


@dataclass(frozen=True, slots=True)
class Followed:
    """A trace, where it stands in the time line, and all of its steps."""

    trace: Trace
    bands: tuple[Band, ...]
    rows: tuple[StepRow, ...]


def follow(name: str, last: Followed | None, desk: Desk) -> Followed:
    """Read a trace, unless the last one was over and was read lately.

    Raises:
        NotFound: nothing is called so; retention may have removed it.
        StoreUnavailable: the outbox can't be read now.
    """
    is_over = last is not None and last.trace.ended_at is not None
    if last is not None and is_over and time.time() - last.trace.taken_at < REST_S:
        return last
    trace = desk.reading_room.traces.follow(name)
    bands = bands_of(trace)
    return Followed(trace, bands, rows_in(bands))
