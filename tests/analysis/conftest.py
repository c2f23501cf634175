"""Made-up runs in temporary folders: a toy task, and rendered sounds, with two seeds each."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.gather import gather
from src.study.methods import METHODS
from tests.analysis import sounds_study
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
    return gather(run_folders)


@pytest.fixture(scope="session")
def scores_path(scores: pd.DataFrame, study: Path) -> Path:
    path = study / "kosc" / "scores.parquet"
    scores.to_parquet(path, index=False)
    return path


@pytest.fixture(scope="session")
def synth_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that holds smoke/vital; not to be changed by tests."""
    root = tmp_path_factory.mktemp("sounds")
    for method in sounds_study.LEVELS:
        for seed in (0,) if METHODS[method].is_reference else (0, 1):
            folder = sounds_study.write_run(root, method, seed)
            if METHODS[method].is_sampled:
                sounds_study.write_sampling(folder)
    return root


@pytest.fixture(scope="session")
def synth_folders(synth_root: Path) -> list[Path]:
    return sorted(synth_root.glob("smoke/vital/*/seed*"))


@pytest.fixture(scope="session")
def sound_scores(synth_folders: list[Path]) -> pd.DataFrame:
    return gather(synth_folders)
