"""Keeps the lines of the Events page: pieces at both ends, what comes in between, and what the broker has of what is seen.

New lines are put on top only while nobody reads further down; otherwise they wait, and are counted.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from core.broker.stream_look import Copy
from core.errors import InvalidInput, NotFound
from core.operating.desk import Desk
from gui.events.lines import Line
from gui.events.reading import COUNT, Begun, More, News, begin, copies, go_on, land, news
from gui.events.search import Search
from gui.events.wanted import Wanted
from gui.events.window import MOST, LineWindow
from gui.page import Tools
from gui.query import Query

#: How often is looked for what has come, and how often the broker is asked, in milliseconds.
_TAIL_MS, _COPIES_MS = 500, 2_000
#: After a failure it is tried again, in milliseconds.
_AGAIN_MS = 1_000
#: Lines of which is asked whether they are published by now, the newest ones.
_MOST_UNPUBLISHED = 200


class EventReader(QObject):
    """Reads while it is not at rest; `lines_changed` says whether what is in sight has to stay where it is."""

    lines_changed = Signal(bool)
    #: Something is said of how far was looked, or of what waits.
    state_changed = Signal()
    #: A row was gone to.
    landed = Signal(int)
    failed = Signal(object)
    #: There is nothing of that name to go to; all stays as it was.
    not_landed = Signal(object)

    def __init__(
        self, tools: Tools, is_reading: Callable[[], bool], in_sight: Callable[[], list[Line]]
    ) -> None:
        super().__init__()
        self._is_reading, self._in_sight = is_reading, in_sight
        self.window = LineWindow()
        self.search = Search()
        self.wanted = Wanted()
        #: New lines that wait for being looked at, the newest ones, and how many there are in all.
        self._waiting: tuple[Line, ...] = ()
        self.waiting = 0
        #: Whether there may be still more, which nobody has looked at.
        self.is_least = False
        self.is_frozen = False
        self._is_landing = False
        self._stop = threading.Event()
        self._begun: Begun | None = None
        self.pieces: Query[Begun | More] = Query(tools.bridge, self._take, self._fail, self)
        self.tail: Query[News] = Query(
            tools.bridge, self._take_news, self.failed.emit, self, every_ms=_TAIL_MS
        )
        self._copies: Query[dict[int, Copy]] = Query(
            tools.bridge, self._take_copies, self._let_be, self, every_ms=_COPIES_MS
        )
        self._again = QTimer(self, singleShot=True, interval=_AGAIN_MS)
        self._again.timeout.connect(self.pieces.again)

    # What the page asks for

    def begin(self, wanted: Wanted | None = None) -> None:
        """Read the newest events, and follow; what is held stays until the answer is there."""
        self.is_frozen = self._is_landing = False
        self.wanted = self.wanted if wanted is None else wanted
        self._ask_anew(partial(begin, self.wanted, self._stop_anew()))

    def land(self, wanted: Wanted, to: str) -> None:
        """Read what is around an event; once it is found, follow no more."""
        self._is_landing = True
        self._ask_anew(partial(land, wanted, to, self._stop_anew()))

    def resume(self) -> None:
        """Go on where it was left."""
        if self._begun is None:
            self.begin()
        else:
            self._follow(self._begun)

    def rest(self) -> None:
        """Read nothing for now; what is held stays."""
        self._stop.set()
        self._again.stop()
        for query in (self.pieces, self.tail, self._copies):
            query.stop()

    def freeze(self) -> None:
        """Put nothing on top any more."""
        self.is_frozen = True
        self.state_changed.emit()

    def catch_up(self) -> None:
        """Show what waits, and follow again."""
        self.is_frozen = False
        if not self.window.has_newest or self.waiting > len(self._waiting):
            self.begin()
            return
        self.window.put(self._waiting)
        self._forget_waiting()
        self.lines_changed.emit(False)

    def read_older(self) -> None:
        """Read on at the lower end; where events have to be looked through, only after the last search was filled."""
        if self.is_looking or self.window.has_oldest or self._begun is None:
            return
        if not self.wanted.needs_looking or self.search.missing <= 0:
            self.look_on()

    def read_newer(self) -> None:
        """Read on at the upper end."""
        begun = self._begun
        if not (self.is_looking or self.window.has_newest or begun is None):
            at, stop = self.window.newer_from, self._stop_anew()
            self.pieces.ask(partial(go_on, begun.filter, at, COUNT, stop, to_newer=True))

    def look_on(self) -> None:
        """Look through further events."""
        if self._begun is not None and not self.window.has_oldest:
            self.search.allow_more()
            self._stop_anew()
            self._ask_older()

    def stop_looking(self) -> None:
        """Look no further; what was found stays."""
        self._stop.set()

    @property
    def has_begun(self) -> bool:
        """Whether what is held answers what is wanted."""
        return self._begun is not None

    @property
    def is_looking(self) -> bool:
        """Whether events are being read."""
        return self.pieces.is_under_way

    # Answers

    def _stop_anew(self) -> threading.Event:
        """Stop what is read now, and give what stops the next."""
        self._stop.set()
        self._stop = threading.Event()
        return self._stop

    def _ask_anew(self, call: Callable[[Desk], Begun]) -> None:
        self._again.stop()
        self.pieces.ask(call)
        self.state_changed.emit()

    def _ask_older(self) -> None:
        if self._begun is not None:
            at, missing = self.window.older_from, max(1, self.search.missing)
            self.pieces.ask(partial(go_on, self._begun.filter, at, missing, self._stop, to_newer=False))
            self.state_changed.emit()

    def _take(self, answer: Begun | More) -> None:
        if isinstance(answer, More) and answer.to_newer:
            self.window.add_newer(answer.piece)
            self._drop_waiting({line.row for line in answer.piece.lines})
            self.lines_changed.emit(True)
            return
        if isinstance(answer, Begun):
            self._take_begun(answer)
        else:
            self.window.add_older(answer.piece)
            self.search.note(answer.piece)
            self.lines_changed.emit(False)
        self._look_further()

    def _take_begun(self, begun: Begun) -> None:
        self._begun, self.search, self._is_landing = begun, Search(), False
        self.wanted, self.is_frozen = begun.wanted, self.is_frozen or begun.row is not None
        self.search.note(begun.older)
        self.window.begin(begun.older, begun.newer)
        self._forget_waiting()
        self._follow(begun)
        self.lines_changed.emit(False)
        if begun.row is not None:
            self.landed.emit(begun.row)

    def _look_further(self) -> None:
        """Ask for the next piece of a search that has found too little, as long as it may look."""
        search = self.search
        may = search.budget > 0 and search.missing > 0 and not self._stop.is_set()
        if self.wanted.needs_looking and may and not self.window.has_oldest:
            self._ask_older()
        self.state_changed.emit()

    def _follow(self, begun: Begun) -> None:
        self.tail.ask(partial(news, begun.tail, begun.wanted.text, ()))
        self._copies.ask(partial(copies, ()))

    def _take_news(self, fresh: News) -> None:
        is_changed = self._take_published(fresh.published)
        if self._may_put():
            is_changed = self._put(fresh) or is_changed
        elif fresh.lines:
            self._let_wait(fresh)
        if is_changed:
            # Once for all of it: the table paints itself each time.
            self.lines_changed.emit(False)
        if self._begun is not None:
            unpublished = [line.row for line in self.window.lines if not line.is_published]
            text = self._begun.wanted.text
            self.tail.change(partial(news, self._begun.tail, text, unpublished[:_MOST_UNPUBLISHED]))
        self._ask_for_copies()
        self.state_changed.emit()

    def _may_put(self) -> bool:
        return self.window.has_newest and not self.is_frozen and not self._is_reading()

    def _put(self, fresh: News) -> bool:
        """Put new lines on top; tells whether there were any."""
        has_hole = fresh.count > len(fresh.lines) or self.waiting > len(self._waiting)
        if has_hole and self.is_looking:
            self._let_wait(fresh)
        elif has_hole:
            self.begin()
        elif fresh.lines or self._waiting:
            self.window.put(fresh.lines + self._waiting)
            self._forget_waiting()
            return True
        return False

    def _let_wait(self, fresh: News) -> None:
        self._waiting = (fresh.lines + self._waiting)[:MOST]
        # More than there are lines tells that some were passed by.
        self.waiting += fresh.count
        self.is_least = self.is_least or fresh.is_least

    def _forget_waiting(self) -> None:
        self._waiting, self.waiting, self.is_least = (), 0, False

    def _drop_waiting(self, rows: set[int]) -> None:
        kept = tuple(line for line in self._waiting if line.row not in rows)
        self.waiting -= len(self._waiting) - len(kept)
        self._waiting = kept

    def _take_published(self, published: Sequence[Line]) -> bool:
        """Take lines whose events are published by now; tells whether there were any."""
        known = {line.row: line.copy for line in self.window.lines} if published else {}
        self.window.replace([replace(line, copy=line.copy or known.get(line.row)) for line in published])
        return bool(published)

    def _ask_for_copies(self) -> None:
        """Ask of what is in sight, at once where it was never asked."""
        lines = self._in_sight()
        call = partial(copies, tuple(line.row for line in lines))
        if any(line.is_published and line.copy is None for line in lines) and not self._copies.is_under_way:
            self._copies.ask(call)
        else:
            self._copies.change(call)

    def _take_copies(self, found: dict[int, Copy]) -> None:
        held = [line for line in self.window.lines if found.get(line.row, line.copy) is not line.copy]
        if held:
            self.window.replace([replace(line, copy=found[line.row]) for line in held])
            self.lines_changed.emit(False)

    def _fail(self, error: BaseException) -> None:
        """Tell it; what may be better in a moment is asked again."""
        if not isinstance(error, InvalidInput | NotFound):
            self._again.start()
            self.failed.emit(error)
        elif self._is_landing:
            self._is_landing = False
            self.not_landed.emit(error)
        else:
            self._begun, self.window = None, LineWindow()
            self.tail.stop()
            self._copies.stop()
            self._forget_waiting()
            self.failed.emit(error)

    def _let_be(self, _error: BaseException) -> None:
        """What the broker has stays what was known; that the outbox can't be read is told by the other questions."""
