"""The acts that answers offer: each with its name and arguments, and the command line that does the same."""

from core.operating.why.answer import Act


def start_worker(consumer: str | None = None) -> Act:
    """Run a worker; on a data dir that nobody owns, broker and relay as well."""
    if consumer is None:
        return Act("start worker", ("worker",))
    return Act("start worker", ("worker", "--only", consumer), {"consumer": consumer})


def resume(consumer: str) -> Act:
    """Let a paused consumer go on."""
    return Act("resume", ("resume", consumer), {"consumer": consumer})


def retry_dead(consumer: str, partition: int, position: int) -> Act:
    """Have a dead letter tried again."""
    place = f"{partition}/{position}"
    return Act(
        "retry dead letter", ("dead", "retry", consumer, place), {"consumer": consumer, "place": place}
    )


def discard_dead(consumer: str, partition: int, position: int, why: str) -> Act:
    """Give a dead letter up for good."""
    place = f"{partition}/{position}"
    return Act(
        "discard dead letter",
        ("dead", "discard", consumer, place, "--why", why),
        {"consumer": consumer, "place": place, "why": why},
    )


def retry_now(consumer: str, link_id: str) -> Act:
    """Have a waiting link tried at once."""
    return Act(
        "retry now",
        ("parked", "retry", link_id, "--consumer", consumer),
        {"consumer": consumer, "link_id": link_id},
    )


def clear_fault(fault_id: int) -> Act:
    """End what was broken on purpose."""
    return Act("clear fault", ("fault", "clear", str(fault_id)), {"fault": str(fault_id)})


def rebuild_streams() -> Act:
    """Publish everything anew from this database."""
    return Act("rebuild streams", ("streams", "rebuild"))


def rebuild(consumer: str) -> Act:
    """Have a consumer apply all events again."""
    return Act("rebuild", ("rebuild", consumer), {"consumer": consumer})


def check_ledger() -> Act:
    """Look what else is wrong."""
    return Act("check ledger", ("ledger",))


def add_endpoint() -> Act:
    """Register a webhook endpoint; its address is the operator's to fill in."""
    return Act("add endpoint", ("endpoints", "add", "URL"))


def enable_endpoint(endpoint_id: str) -> Act:
    """Switch a webhook endpoint on again."""
    return Act("enable endpoint", ("endpoints", "enable", endpoint_id), {"endpoint": endpoint_id})


def call_endpoint(endpoint_id: str) -> Act:
    """Send what waits for a webhook endpoint at once."""
    return Act("call endpoint", ("endpoints", "try", endpoint_id), {"endpoint": endpoint_id})


def ask_about(event_id: str, consumer: str) -> Act:
    """Ask the same about another event."""
    return Act("why", ("why", event_id, "--consumer", consumer), {"id": event_id, "consumer": consumer})


def show_status() -> Act:
    """Look how everything is."""
    return Act("status", ("status",))
