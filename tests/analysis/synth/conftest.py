"""A made-up study of a rendered data set: every method, two seeds of those that are trained."""

from pathlib import Path

import pytest

from src.analysis.synth.rows import ROWS
from tests.analysis.synth.study import LEVELS, write_run, write_sampling


@pytest.fixture(scope="session")
def synth_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds smoke/vital; not to be changed by tests."""
    root = tmp_path_factory.mktemp("results")
    for method in LEVELS:
        for seed in (0,) if ROWS[method].is_reference else (0, 1):
            folder = write_run(root, method, seed)
            if method.startswith("cnf_"):
                write_sampling(folder)
    return root


@pytest.fixture(scope="session")
def synth_folders(synth_root: Path) -> list[Path]:
    return sorted(synth_root.glob("smoke/vital/*/seed*"))
