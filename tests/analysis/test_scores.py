"""Files of scores: the form of before is read as the present one."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.scores import read_scores


@pytest.mark.parametrize("kind", ["toy", "rendered"])
def test_columns_of_before_are_read(
    kind: str, scores: pd.DataFrame, sound_scores: pd.DataFrame, tmp_path: Path
) -> None:
    if kind == "toy":
        new, old = scores, scores.rename(columns={"method": "experiment"}).drop(columns="scale")
    else:
        new, old = sound_scores, sound_scores.rename(columns={"task": "dataset"})
    path = tmp_path / "smoke" / str(new["task"].iloc[0]) / "scores.parquet"
    path.parent.mkdir(parents=True)
    old.to_parquet(path, index=False)
    pd.testing.assert_frame_equal(read_scores(path), new)


def test_unknown_tasks_and_methods_are_named(scores: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    scores.assign(task="kosk").to_parquet(path)
    with pytest.raises(ValueError, match="unknown task kosk; did you mean kosc"):
        read_scores(path)
    scores.replace("ffn_mse", "ffn_mae").to_parquet(path)
    with pytest.raises(ValueError, match=r"unknown method ffn_mae; did you mean ffn_mse"):
        read_scores(path)
