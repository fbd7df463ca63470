"""A page of the window: what the frame tells it, and what it is given to work with.

A page that is not looked at reads nothing: it begins when it is shown, and ends when it is hidden.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from core.operating.snapshot import Snapshot
from gui.bridge import Bridge
from gui.kept import Kept
from gui.ledger.rounds import LedgerRounds
from gui.targets import Target
from gui.theme import Theme

#: One part of a refresh: what to show, and how old it is in seconds.
Step = Callable[[Snapshot, float], None]


@dataclass(frozen=True, slots=True)
class Tools:
    """What every page is given."""

    theme: Theme
    bridge: Bridge
    kept: Kept
    #: Names of the consumers, in display order.
    consumers: tuple[str, ...]
    #: The checks of the ledger; None = nobody looks at it here.
    ledger: LedgerRounds | None = None


class KeyWords(NamedTuple):
    """A key of a page, for the map of keys: how it is written, and what it does."""

    key: str
    words: str


class Page(QWidget):
    """The base of all pages; each answers for its own part of what is said here."""

    #: A page asks for another one, by what that is to show.
    wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")

    def add_key(self, key: str, call: Callable[[], object], *, repeats: bool = True) -> None:
        """Let a key do something while the keyboard is in this page; `repeats` = again and again while it is held down."""
        shortcut = QShortcut(QKeySequence(key), self)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.setAutoRepeat(repeats)
        shortcut.activated.connect(call)

    @property
    def steps(self) -> Sequence[Step]:
        """The parts of a refresh by a snapshot, taken one after the other while the page is shown."""
        return ()

    @property
    def keys(self) -> Sequence[KeyWords]:
        """The keys that only this page has."""
        return ()

    def shown(self) -> None:
        """Somebody looks at it now: begin to read."""

    def hidden(self) -> None:
        """Nobody looks at it any more: stop reading."""

    def ended(self) -> None:
        """The window closes: end whatever was started."""

    def show_age(self, snapshot: Snapshot, age_s: float) -> None:
        """Say that the newest snapshot has become old; asked once a second while none comes."""

    def focus_filter(self) -> bool:
        """Put the keyboard into the field that filters; False = there is none."""
        return False

    def focus_content(self) -> None:
        """Put the keyboard to where the page is read."""
        self.setFocus()

    def go_to(self, target: Target) -> None:
        """Show this; only asked of pages that take such targets."""

    def step_back(self) -> bool:
        """Close what is open on top, such as a drawer; False = nothing is."""
        return False
