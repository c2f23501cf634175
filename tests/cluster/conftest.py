"""One cluster for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.cluster.cluster import Cluster, missing


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Slurm of one node, stopped at the end; tests are skipped where there is none."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    cluster = Cluster.started(tmp_path_factory.mktemp("slurm"))
    yield cluster
    cluster.stop()
