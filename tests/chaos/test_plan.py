"""The plan of a storm can be had again, and is enough of a storm."""

from collections import Counter

import pytest

from tests.chaos.plan import BROKER_KILLS, KILLS, Kind, blows


def test_a_seed_gives_the_same_plan_again_and_another_seed_another() -> None:
    assert blows(7, 75) == blows(7, 75)
    assert blows(7, 75) != blows(8, 75)


@pytest.mark.parametrize("seed", range(5))
def test_a_storm_of_75_seconds_has_every_kind_of_blow_and_well_over_100_kills(seed: int) -> None:
    counts = Counter(blow.kind for blow in blows(seed, 75))

    assert set(counts) == set(Kind)
    assert sum(counts[kind] for kind in KILLS) >= 115
    assert sum(counts[kind] for kind in BROKER_KILLS) >= 18


def test_blows_come_in_order_and_within_the_storm() -> None:
    plan = blows(7, 75)

    assert plan == sorted(plan, key=lambda blow: blow.at)
    assert all(0 <= blow.at < 75 for blow in plan)
