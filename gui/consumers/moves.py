"""Partitions given up or taken over, from the window: what it does, said beforehand, and what came of it. No Qt here."""

from collections.abc import Collection, Sequence

from core.operating.consumer_detail import ConsumerDetail, PartitionDetail
from core.operating.desk import Desk
from core.operating.partition_words import release_words, take_over_words
from core.operating.partitions import Moved
from gui.formatting import plural
from gui.parts.act_dialog import Plan, Result


def workers_of(detail: ConsumerDetail) -> tuple[str, ...]:
    """Give the workers that run a consumer, by their names."""
    return tuple(sorted(beat.worker_id for beat in detail.workers))


def why_no_release(parts: Sequence[PartitionDetail], workers: Collection[str]) -> str:
    """Say why partitions can't be given up; empty = they can."""
    if not workers:
        return "No worker runs it, so nobody can give a partition up: main.py worker starts one."
    if not parts:
        return "Nothing is known of its partitions yet."
    idle = [str(part.partition) for part in parts if part.owner not in workers]
    return f"Nobody at work owns {', '.join(idle)}: it is taken by itself." if idle else ""


def why_no_take_over(parts: Sequence[PartitionDetail], workers: Collection[str]) -> str:
    """Say why no worker can take partitions over; empty = one can."""
    if not workers:
        return "No worker runs it, so nobody can take over: main.py worker starts one."
    return "" if parts else "Nothing is known of its partitions yet."


def release_plan(
    consumer: str, parts: Sequence[PartitionDetail], workers: Collection[str], *, are_selected: bool
) -> Plan:
    """Say what a release does."""
    owners = {part.partition: part.owner for part in parts if part.owner is not None}
    home = {part.partition: part.moved_from for part in parts if part.moved_from is not None}
    first, *more = release_words(owners, workers, home)
    title = f"Release {plural(len(parts), 'partition')} of {consumer}?"
    return Plan(title, first, (*more, _scope(parts, are_selected=are_selected)), "Release")


def take_over_plan(
    consumer: str, parts: Sequence[PartitionDetail], worker: str, *, are_selected: bool
) -> Plan:
    """Say what a take-over does."""
    first, *more = take_over_words(worker, {part.partition: part.owner for part in parts})
    title = f"Let {worker} take over {plural(len(parts), 'partition')} of {consumer}?"
    return Plan(title, first, (*more, _scope(parts, are_selected=are_selected)), "Take over")


def _scope(parts: Sequence[PartitionDetail], *, are_selected: bool) -> str:
    if not are_selected:
        return "All of its partitions: none is selected."
    return "Those that are selected." if len(parts) > 1 else "The one that is selected."


def release(consumer: str, parts: Sequence[PartitionDetail], desk: Desk) -> list[Result]:
    """Ask the owners, and wait until each partition has an owner again.

    Raises:
        NotFound, InvalidInput, StoreUnavailable: nothing was asked.
    """
    owners = {part.partition: part.owner for part in parts}
    return [_result(one) for one in desk.partitions.outcomes(desk.partitions.release(consumer, owners))]


def take_over(consumer: str, parts: Sequence[PartitionDetail], worker: str, desk: Desk) -> list[Result]:
    """Ask a worker, and wait until it owns them.

    Raises:
        NotFound, InvalidInput, StoreUnavailable: nothing was asked.
    """
    numbers = [part.partition for part in parts]
    moves = desk.partitions.take_over(consumer, numbers, worker)
    return [_result(one) for one in desk.partitions.outcomes(moves)]


def _result(moved: Moved) -> Result:
    owner = "" if moved.owner is not None and not moved.failed else f" Owner: {moved.owner or 'nobody yet'}."
    return Result(f"partition {moved.partition}", not moved.failed, f"{moved.outcome}{owner}")
