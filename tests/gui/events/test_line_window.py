"""The window of lines: how many events the Events page holds, and which it lets go of for others."""

from dataclasses import replace

from core.broker.stream_look import Copy
from gui.events.window import LineWindow, Piece
from tests.gui.events.looking import line
from tests.support.events import AT


def piece(first: int, last: int, *, goes_on_at: int | None = None, is_end: bool = False) -> Piece:
    """Give lines from `first` down to `last`."""
    lines = tuple(line(row) for row in range(first, last - 1, -1))
    return Piece(lines, goes_on_at or last, is_end, len(lines), AT)


def rows(window: LineWindow) -> list[int]:
    return [one.row for one in window.lines]


def test_the_window_lets_go_of_the_newest_while_older_ones_are_read_and_gets_them_again() -> None:
    window = LineWindow(most=6)
    window.begin(piece(20, 16))
    window.add_older(piece(15, 12))

    assert rows(window) == [17, 16, 15, 14, 13, 12]
    assert (window.has_newest, window.newer_from, window.older_from) == (False, 17, 12)

    window.add_newer(piece(20, 18, goes_on_at=20, is_end=True))
    assert rows(window) == [20, 19, 18, 17, 16, 15]
    assert (window.has_newest, window.has_oldest, window.older_from) == (True, False, 15)


def test_the_window_lets_go_of_the_oldest_while_new_ones_come() -> None:
    window = LineWindow(most=4)
    window.begin(piece(3, 1, is_end=True))
    assert window.has_oldest

    window.put((line(5), line(4)))

    assert rows(window) == [5, 4, 3, 2]
    assert (window.has_oldest, window.older_from) == (False, 2)


def test_what_is_committed_late_stands_where_it_belongs_and_nothing_stands_twice() -> None:
    window = LineWindow()
    window.begin(piece(9, 8, goes_on_at=8))
    window.replace([replace(line(9), copy=Copy.THERE)])

    window.put((line(12), line(10)))
    window.put((line(11), line(9), line(3)))

    assert rows(window) == [12, 11, 10, 9, 8]
    assert window.lines[3].copy is Copy.THERE
    window.begin(piece(9, 7))
    assert [one.copy for one in window.lines] == [Copy.THERE, None, None]
