"""What the window remembers of its looks: the state of splitters and headers, under names, beside the data."""

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtCore import QByteArray, QRect, QSettings


class HasState(Protocol):
    """A splitter or a header."""

    def saveState(self) -> QByteArray: ...  # noqa: N802

    def restoreState(self, state: QByteArray, /) -> bool: ...  # noqa: N802


class Kept:
    """The preferences of one window; whatever was given to `keep` is written by `save`."""

    def __init__(self, preferences: QSettings) -> None:
        self._preferences = preferences
        self._states: dict[str, Callable[[], QByteArray]] = {}

    def keep(self, name: str, widget: HasState) -> bool:
        """Bring a widget to its kept state, and keep it from now on; tells whether it had one."""
        self._states[name] = widget.saveState
        kept = self._preferences.value(name)
        return isinstance(kept, QByteArray) and widget.restoreState(kept)

    def value(self, name: str, otherwise: str = "") -> str:
        """Give a word that was put here."""
        return str(self._preferences.value(name, otherwise))

    def rectangle(self, name: str) -> QRect | None:
        """Give a rectangle that was put here; None = there is none."""
        kept = self._preferences.value(name)
        return kept if isinstance(kept, QRect) else None

    def put(self, name: str, value: Any) -> None:
        """Remember a word, a rectangle or a state, at once."""
        self._preferences.setValue(name, value)

    def save(self) -> None:
        """Write down the states as they are now."""
        for name, state in self._states.items():
            self._preferences.setValue(name, state())
        self._preferences.sync()
