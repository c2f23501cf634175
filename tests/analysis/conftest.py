"""A made-up study in a temporary folder: every method, k = 2 and 4, two seeds, 40 test items."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.collect import collect
from tests.analysis.study import write_study


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder "smoke" with all runs; not to be changed by tests."""
    folder = tmp_path_factory.mktemp("results") / "smoke"
    write_study(folder)
    return folder


@pytest.fixture(scope="session")
def run_folders(study: Path) -> list[Path]:
    return sorted(study.glob("kosc/*/*/*"))


@pytest.fixture(scope="session")
def scores(run_folders: list[Path]) -> pd.DataFrame:
    return collect(run_folders)


@pytest.fixture(scope="session")
def scores_path(scores: pd.DataFrame, study: Path) -> Path:
    path = study / "kosc" / "scores.parquet"
    scores.to_parquet(path, index=False)
    return path
