"""The card of what this window itself remembers: its looks, how often it looks, and whether it tells of trouble."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtWidgets import QFormLayout, QFrame

from gui.fonts import strong, words
from gui.ledger.rounds import EVERY, OFTEN_ENOUGH_S
from gui.notifier import be_loud, is_loud, is_wanted, want, why_not_here
from gui.page import Tools
from gui.parts.controls import Chooser, Tick
from gui.parts.text import label, set_role
from gui.refreshing import RATES, keep_refresh_hz, kept_refresh_hz
from gui.theme import CHOICES, Choice

_TELLS = (
    "Tells the desktop when a consumer fails or stops, dead letters arrive, the broker is down, or the ledger is red. "
    "The ledger is then checked every hour, unless you choose otherwise."
)
_REFRESH = "How often a second the figures are read and shown: fewer cost less, and are that much older."
_CHECKS = "How often the ledger is checked by itself, in a process that lets others go first; the Overview tells of red."
_SOUND = "The desktop's own sound, with each notification."
_NO_SOUND = "Only with desktop notifications."


class WindowCard(QFrame):
    """Takes effect at once, and is kept beside the data."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self.setObjectName("card")
        self._theme, self._kept, self._bridge = tools.theme, tools.kept, tools.bridge
        self._ledger = tools.ledger
        self.colours = Chooser(tools.theme, "Colours")
        for choice, text in CHOICES.items():
            self.colours.addItem(text, choice)
        self._follow(tools.theme.choice)
        self.colours.activated.connect(self._choose)
        tools.theme.chosen.connect(self._follow)
        self.notifications = Tick(tools.theme, "Desktop notifications")
        self.notifications.setChecked(is_wanted(tools.kept))
        self.notifications.toggled.connect(self._want)
        self.sound = Tick(tools.theme, "With a sound")
        self.sound.setChecked(is_loud(tools.kept))
        self.sound.toggled.connect(partial(be_loud, tools.kept))
        self.refresh = self._chooser(
            "Refresh", RATES, kept_refresh_hz(tools.kept), self._choose_refresh, _REFRESH
        )
        self.checks = self._chooser("Ledger checks", EVERY, 0, self._choose_checks, _CHECKS)
        self.explained = label("", words(12), "muted")
        self.explained.setWordWrap(True)
        self._lay_out()
        self.look()

    def _chooser(
        self,
        name: str,
        choices: Mapping[int, str],
        chosen: int,
        choose: Callable[[int], None],
        tip: str,
    ) -> Chooser:
        made = Chooser(self._theme, name)
        for value, text in choices.items():
            made.addItem(text, value)
        made.setCurrentIndex(made.findData(chosen))
        made.setToolTip(tip)
        made.activated.connect(lambda number: choose(made.itemData(number)))
        return made

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(16, 12, 16, 14)
        form.setVerticalSpacing(8)
        form.addRow(label("This window", strong(14)))
        form.addRow(label("Colours", words(13)), self.colours)
        form.addRow(label("Refresh", words(13)), self.refresh)
        form.addRow(label("Ledger checks", words(13)), self.checks)
        form.addRow(self.notifications)
        form.addRow(self.sound)
        form.addRow(self.explained)

    def look(self) -> None:
        """See whether the desktop takes notifications now."""
        why_not = why_not_here()
        self.notifications.setEnabled(not why_not or self.notifications.isChecked())
        set_role(self.explained, "warn" if why_not else "muted")
        self.explained.setText(why_not or _TELLS)
        self.notifications.setToolTip(self.explained.text())
        self.sound.setEnabled(self.notifications.isChecked())
        self.sound.setToolTip(_SOUND if self.notifications.isChecked() else _NO_SOUND)
        if self._ledger is not None:
            self.checks.setCurrentIndex(self.checks.findData(self._ledger.every_s))

    def _choose(self, number: int) -> None:
        """Qt keeps a choice as a plain string."""
        choice = Choice(self.colours.itemData(number))
        self._theme.choose(choice)
        self._kept.put("theme", choice.value)

    def _follow(self, choice: Choice) -> None:
        self.colours.setCurrentIndex(self.colours.findData(choice))

    def _want(self, wanted: bool) -> None:
        want(self._kept, wanted)
        if wanted and self._ledger is not None and not self._ledger.every_s:
            self._ledger.choose(OFTEN_ENOUGH_S)
        self.look()

    def _choose_refresh(self, hz: int) -> None:
        keep_refresh_hz(self._kept, hz)
        self._bridge.set_refresh_hz(hz)

    def _choose_checks(self, every_s: int) -> None:
        if self._ledger is not None:
            self._ledger.choose(every_s)
