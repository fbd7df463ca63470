"""What stands where the Overview has nothing to show: why, and what comes next. No Qt here."""

from core.operating.snapshot import BrokerState, ConsumerHealth, ConsumerState, Snapshot
from gui.formatting import one_line

OPENING = "The desk is opening: what it reads appears here by itself."
_AGAIN = "It is read again by itself; the connection test of the Settings says more."
_NO_LINKS = "No links yet: enter an address above."
_NO_WORKER = "no worker runs: start one with main.py worker"


def journeys_blank(snapshot: Snapshot) -> str:
    """Say why there are no journeys, and what becomes of a link that is created now."""
    if snapshot.database_error:
        return f"The links can't be read: {one_line(snapshot.database_error)}\n{_AGAIN}"
    if snapshot.consumers and not any(health.workers for health in snapshot.consumers):
        return f"{_NO_LINKS}\nIt waits for its consumers, since {_NO_WORKER}."
    if snapshot.broker.state is not BrokerState.READY:
        return f"{_NO_LINKS}\nIt waits in the outbox until the broker is ready again."
    return f"{_NO_LINKS}\nIts way through the consumers appears here."


def feed_blank(snapshot: Snapshot) -> str:
    """Say why the feed is empty."""
    if snapshot.database_error:
        return f"The feed can't be read: {one_line(snapshot.database_error)}\n{_AGAIN}"
    writer = next((health for health in snapshot.consumers if health.name == "dashboard"), None)
    if writer is None:
        return "There is no feed: no consumer called dashboard is known, which writes it."
    return f"{_why_nothing(writer)}\nWhat becomes of links appears here."


def _why_nothing(writer: ConsumerHealth) -> str:
    if writer.lag is None:
        return "The feed can't be read now: the database of dashboard does not answer."
    if writer.state is ConsumerState.STOPPED:
        return f"Nothing is written: {_NO_WORKER}."
    if writer.state in (ConsumerState.PAUSED, ConsumerState.PAUSING):
        return "Nothing is written: dashboard is paused. Resume it on its card."
    return "Nothing has happened yet."
