"""Partitions are for ever: were the function to change, the events of one link would lie in two streams."""

from collections import Counter

import pytest

from core.events.ids import new_id
from core.events.partitioning import partition_of, stream_key
from tests.support.programs import next_line, program


@pytest.mark.parametrize(
    ("link_id", "of_8", "of_256"),
    [
        ("", 0, 0),
        ("a", 3, 67),
        ("0199b2c0-0000-7000-8000-000000000001", 5, 77),
        ("línk", 3, 115),
    ],
)
def test_known_links_stay_in_their_partitions(link_id: str, of_8: int, of_256: int) -> None:
    assert (partition_of(link_id, 8), partition_of(link_id, 256)) == (of_8, of_256)


def test_another_process_gives_the_same_partitions() -> None:
    ids = [new_id() for _ in range(20)]

    with program("tests.support.partitions_program", *ids) as other:
        answer = next_line(other)

    assert answer == " ".join(str(partition_of(link_id, 8)) for link_id in ids)


def test_new_links_spread_over_all_partitions() -> None:
    counts = Counter(partition_of(new_id(), 8) for _ in range(4_000))

    assert set(counts) == set(range(8))
    # 500 each are expected; six standard deviations of a fair draw are some 125.
    assert max(counts.values()) < 625
    assert min(counts.values()) > 375


def test_each_stream_has_a_hash_tag_of_its_own_for_a_cluster() -> None:
    assert [stream_key(number) for number in (0, 17)] == ["events:{0}", "events:{17}"]
