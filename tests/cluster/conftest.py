"""A real cluster for all tests of this folder, empty and whole when one begins."""

from collections.abc import Iterator

import pytest

from core.broker.cluster_streams import open_streams
from core.broker.streams import Streams
from tests.support.clusters import Cluster, three_nodes
from tests.support.links import PARTITIONS


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Run three nodes; use `cluster`."""
    with three_nodes(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


@pytest.fixture
def cluster(shared_cluster: Cluster) -> Cluster:
    """Give the cluster without anything in it; whoever kills a node or moves a slot makes that good."""
    shared_cluster.empty()
    return shared_cluster


@pytest.fixture
def streams(cluster: Cluster) -> Iterator[Streams]:
    """Give the partitions on the cluster."""
    opened = open_streams(cluster.url, PARTITIONS, answer_timeout_s=1.0)
    yield opened
    opened.close()
