"""The webhook consumer's sender at work, outside a worker."""

import threading
from dataclasses import dataclass, field

from core.consuming.contract import HelperTurn
from tests.consumers.conftest import Applied
from tests.support.waiting import PATIENCE_S


@dataclass
class Sender:
    """The webhook consumer's sender at work in a thread, as the runtime runs it."""

    webhook: Applied
    paused: bool = False
    #: In which it leads; None = another one does.
    term: int | None = 1
    turn: HelperTurn = field(init=False)
    thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        helper = self.webhook.consumer.helper(self.webhook.database)
        assert helper is not None
        self.turn = HelperTurn(threading.Event(), threading.Event(), lambda: self.paused, lambda: self.term)
        self.thread = threading.Thread(target=helper.run, args=(self.turn,))
        self.thread.start()

    def stop(self) -> None:
        self.turn.stopping.set()
        self.turn.woken.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()
