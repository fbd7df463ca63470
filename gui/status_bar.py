"""The line at the foot of the window: broker, database, worker, and how old the figures are."""

from functools import partial
from pathlib import PurePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from core.operating.snapshot import BrokerHealth, BrokerState, Snapshot
from gui.fonts import words
from gui.formatting import duration, memory, milliseconds, one_line
from gui.parts.health import STALE_S
from gui.parts.text import ElidedLabel, set_role
from gui.parts.way import WayLabel
from gui.targets import Kind, Target
from gui.theme import Theme

_HEIGHT = 28


class StatusBar(QFrame):
    """Each part says one thing, and its tooltip the rest; a click on it, or Enter, asks for the page with more."""

    #: The page that is asked for.
    wanted = Signal(object)

    def __init__(self, _theme: Theme) -> None:
        super().__init__()
        self.setObjectName("statusBar")
        self.setFixedHeight(_HEIGHT)
        self.broker, self.database, self.worker = (WayLabel(words(12), "muted") for _ in range(3))
        self.private, self.freshness = WayLabel(words(12), "warn"), WayLabel(words(12), "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(14, 0, 14, 0)
        layout.setSpacing(18)
        for part in (self.broker, self.database, self.worker):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.private)
        layout.addWidget(self.freshness)
        for part in (self.broker, self.database, self.private, self.freshness):
            part.chosen.connect(partial(self._ask_for, "Settings"))
        self.worker.chosen.connect(partial(self._ask_for, "Consumers"))
        self.private.hide()
        self.broker.show_text("The desk is opening")

    def _ask_for(self, title: str) -> None:
        self.wanted.emit(Target(Kind.PAGE, title))

    def refresh(self, snapshot: Snapshot, age_s: float) -> None:
        """Show a snapshot."""
        self._show_broker(snapshot.broker)
        where = snapshot.database
        name = where if "://" in where else PurePath(where).name
        if snapshot.database_error:
            self._say(self.database, f"Database {name}: unreadable", "bad", one_line(snapshot.database_error))
        else:
            self._say(self.database, f"Database {name}", "muted", where)
        self._show_worker(snapshot)
        self.private.setVisible(snapshot.private_targets_allowed)
        if snapshot.private_targets_allowed:
            self.private.show_text(
                "Private webhook targets are allowed",
                "Webhooks may reach this machine and its network: SIGNALBOX_ALLOW_PRIVATE_TARGETS is on.",
            )
        self.show_age(snapshot, age_s)

    def show_age(self, snapshot: Snapshot, age_s: float) -> None:
        """Say how old the figures are."""
        role = "warn" if age_s > STALE_S else "muted"
        text = f"Figures {duration(age_s)} old"
        self._say(self.freshness, text, role, f"reading them took {milliseconds(snapshot.took_ms)}")

    def _show_broker(self, broker: BrokerHealth) -> None:
        ready = broker.state is BrokerState.READY
        parts = [f"Broker {broker.state.value}"]
        if broker.version:
            parts.append(broker.version)
        if broker.memory_bytes is not None:
            parts.append(memory(broker.memory_bytes))
        tip = [broker.address]
        if ready and broker.answered_in_ms is not None:
            parts.append(milliseconds(max(1.0, broker.answered_in_ms)))
            tip.append(f"answered in {milliseconds(broker.answered_in_ms)}")
        if broker.memory_limit_bytes:
            tip.append(f"memory {memory(broker.memory_bytes)} of {memory(broker.memory_limit_bytes)}")
        if broker.error:
            tip.append(one_line(broker.error))
        self._say(self.broker, " · ".join(parts), "muted" if ready else "bad", "\n".join(tip))

    def _show_worker(self, snapshot: Snapshot) -> None:
        others = len(snapshot.workers)
        tip = "\n".join(
            f"{worker.host}, pid {worker.pid}, {memory(worker.memory_bytes)}" for worker in snapshot.workers
        )
        if snapshot.own_worker is None:
            text = f"{others} worker{'' if others == 1 else 's'} elsewhere" if others else "No worker"
            self._say(self.worker, text, "muted" if others else "bad", tip)
        else:
            trouble = snapshot.own_worker.startswith(("died", "did not start", "stopped"))
            self._say(self.worker, f"Worker {snapshot.own_worker}", "bad" if trouble else "muted", tip)

    @staticmethod
    def _say(part: ElidedLabel, text: str, role: str, tip: str) -> None:
        set_role(part, role)
        part.show_text(text, tip)
