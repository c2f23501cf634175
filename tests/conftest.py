"""What all tests share."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from src.common.terminal import StderrHandler

# Files whose tests share a fixture that takes minutes: one process runs all of them, and they come
# first, so that no process is left alone with them at the end.
TOGETHER = {
    "tests/cluster/test_slurm.py": "a cluster",
    "tests/workflow/test_graph.py": "a run of the toy tasks",
    "tests/workflow/test_killed.py": "a run of the toy tasks",
    "tests/workflow/test_smoke.py": "a run of the toy tasks",
    "tests/workflow/test_tiers.py": "a run of the toy tasks",
    "tests/workflow/test_synthesizers.py": "a run of Vital",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Say which tests stay together where several processes share them: those of a file at least.

    The marker ``xdist_group`` would say so, too, but pytest-xdist 3.8 loses it with pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return TOGETHER.get(file, file)

    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put large fixtures first, and skip what needs a GPU where there is none."""
    places = {file: place for place, file in enumerate(TOGETHER)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))
    _skip_without_a_gpu(items)


def _skip_without_a_gpu(items: list[pytest.Item]) -> None:
    on_gpu = [item for item in items if item.get_closest_marker("gpu")]
    if not on_gpu:
        return
    import torch  # takes a second, so only where it is asked for

    if not torch.cuda.is_available():
        for item in on_gpu:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device"))


@pytest.fixture(autouse=True)
def _leave_no_log_handler() -> Iterator[None]:
    """Remove the handlers of a command that a test has called: they write to its closed stderr."""
    yield
    root = logging.getLogger()
    for handler in [h for h in root.handlers if type(h) in (logging.StreamHandler, StderrHandler)]:
        root.removeHandler(handler)
