"""Which node has which slot, and what the URL of a cluster says."""

import pytest

from core.broker.client import connect
from core.broker.cluster_map import SLOTS, SlotMap, is_cluster, read_slots, read_url
from core.errors import BadSettings

A, B = ("10.0.0.1", 7000), ("10.0.0.2", 7000)


def test_a_url_names_several_nodes_that_share_user_password_and_options() -> None:
    url = read_url("rediss+cluster://ann:pw@one:7000,two,[::1]:7002/0?ssl_cert_reqs=none")

    assert url.nodes == (("one", 7000), ("two", 6379), ("::1", 7002))
    assert url.of_node(("10.0.0.1", 7000)) == "rediss://ann:pw@10.0.0.1:7000?ssl_cert_reqs=none"
    assert url.of_node(("::1", 7002)) == "rediss://ann:pw@[::1]:7002?ssl_cert_reqs=none"


def test_only_the_clusters_scheme_makes_a_cluster() -> None:
    assert is_cluster("redis+cluster://one")
    assert is_cluster("rediss+cluster://one")
    assert not is_cluster("redis://one")
    assert not is_cluster("unix:///run/valkey.sock")


@pytest.mark.parametrize(
    "url", ["redis+cluster://", "redis+cluster://one:x", "redis+cluster://one/3", "redis+cluster://one,,two"]
)
def test_a_url_that_can_not_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(BadSettings, match="SIGNALBOX_BROKER"):
        connect(url)
    with pytest.raises(BadSettings) as refused:
        connect(url.replace("://", "://ann:opensesame@") + "/3")
    assert "opensesame" not in str(refused.value)


def test_slots_are_read_with_their_masters_and_gaps_are_named() -> None:
    found = read_slots(
        [[0, 99, [b"10.0.0.1", 7000, b"id"], [b"10.0.0.9", 7009, b"replica"]], [200, SLOTS - 1, ["", 7001]]],
        B,
    )

    assert found.node_of(99) == A
    assert found.node_of(150) is None
    assert found.node_of(200) == ("10.0.0.2", 7001)
    assert found.nodes == (A, ("10.0.0.2", 7001))
    assert found.uncovered() == ((100, 199),)
    assert SlotMap().uncovered() == ((0, SLOTS - 1),)


def test_a_slot_that_has_moved_is_with_its_new_node_and_its_neighbours_are_not() -> None:
    moved = SlotMap(((0, SLOTS - 1, A),)).moved(7, B)

    assert (moved.node_of(6), moved.node_of(7), moved.node_of(8)) == (A, B, A)
    assert moved.uncovered() == ()
