"""The condition that finds events by their places, as written SQL: composing it anew for each question costs SQLAlchemy
far more than the question costs the database.
"""

from collections.abc import Iterable


def where_places(places: Iterable[tuple[int, int]]) -> str:
    """Give the condition for some (partition, position), none = a condition that nothing meets.

    In this form the index over both answers. There are only numbers in it, so that nothing has to be escaped.
    """
    by_partition: dict[int, list[int]] = {}
    for partition, position in places:
        by_partition.setdefault(int(partition), []).append(int(position))
    found = (
        f"(partition = {partition} AND position IN ({', '.join(map(str, positions))}))"
        for partition, positions in by_partition.items()
    )
    return " OR ".join(found) or "1 = 0"
