"""Where the window is and how large: remembered by its frame, and never in part beyond the screen."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QWidget

from gui.kept import Kept

#: A window manager has put its frame around a new window after so long, in milliseconds.
FRAMED_MS = 250
#: How large the window begins where there is room for it, and what the desktop may put around it.
_FIRST_SIZE, _TITLE_BAR = QSize(1280, 800), QSize(0, 40)
_PLACE, _MAXIMIZED = "place", "maximized"


def first_size(available: QSize) -> QSize:
    """Give how large a window begins that was never sized, so that all of it is on the screen with its title bar."""
    return (available - _TITLE_BAR).boundedTo(_FIRST_SIZE)


def restore_place(window: QWidget, kept: Kept) -> None:
    """Bring a window that is not shown yet to where it was last."""
    window.resize(first_size(window.screen().availableSize()))
    place = kept.rectangle(_PLACE)
    if place is None:
        return
    # By the place of the frame: the one of its inside, as Qt saves it, wanders by a title bar at each start.
    window.resize(place.size())
    window.move(place.topLeft())
    if kept.value(_MAXIMIZED) == "true":
        window.setWindowState(Qt.WindowState.WindowMaximized)


def keep_place(window: QWidget, kept: Kept) -> None:
    """Remember where a window is, and where it would be if it were not maximized."""
    inside = window.normalGeometry() if window.isMaximized() else window.geometry()
    kept.put(_PLACE, inside.translated(window.pos() - window.geometry().topLeft()))
    kept.put(_MAXIMIZED, "true" if window.isMaximized() else "false")


def fit_screen(window: QWidget) -> None:
    """Bring all of a window with its frame onto the screen; how thick that is, is known once the window is there."""
    if window.isMaximized() or window.isFullScreen() or not window.isVisible():
        return
    frame = window.frameGeometry()
    fitting = within(frame, window.screen().availableGeometry())
    if fitting != frame:
        window.resize(window.size() + fitting.size() - frame.size())
        window.move(fitting.topLeft())


def within(frame: QRect, available: QRect) -> QRect:
    """Give where a window can be seen whole: as large as before where there is room, moved no more than needed."""
    size = frame.size().boundedTo(available.size())
    left = min(max(frame.left(), available.left()), available.right() + 1 - size.width())
    top = min(max(frame.top(), available.top()), available.bottom() + 1 - size.height())
    return QRect(QPoint(left, top), size)
