"""Scores of runs in one table."""

from pathlib import Path

import pandas as pd
import pytest

from src.analysis.gather import gather, main
from src.analysis.scores import read_scores
from src.study.metrics import METRICS
from tests.analysis.study import ITEMS, make_scores, write_run


def test_rows_carry_their_run(run_folders: list[Path], scores: pd.DataFrame) -> None:
    assert list(scores.columns) == [
        *("scale", "task", "k", "symmetry", "method", "seed", "item"),
        *METRICS["toy"],
    ]
    assert len(scores) == ITEMS * len(run_folders)
    mine = scores.query("k == 4 and symmetry == 'symmetric' and method == 'cnf_mlp'")
    mine = mine.query("seed == 1").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine[["item", *METRICS["toy"]]], make_scores("cnf_mlp", 4, 1))


def test_command_line_ignores_the_order_of_folders(tmp_path: Path, run_folders: list[Path]) -> None:
    outputs = [tmp_path / "forth" / "scores.parquet", tmp_path / "back" / "scores.parquet"]
    for output, folders in zip(outputs, (run_folders, run_folders[::-1]), strict=True):
        main([*map(str, folders), "--output", str(output)])
    assert outputs[0].read_bytes() == outputs[1].read_bytes()
    assert set(read_scores(outputs[0])["seed"]) == {0, 1}


def test_missing_columns_and_repeated_items_are_named(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "smoke", 2, "symmetric", "ffn_mse", 0)
    path = folder / "scores.parquet"
    good = pd.read_parquet(path)
    good.drop(columns=["lac", "mse"]).to_parquet(path)
    with pytest.raises(ValueError, match=r"seed0/scores\.parquet: lacks .* lac, mse; score"):
        gather([folder])
    pd.concat([good, good[:2]]).to_parquet(path)
    with pytest.raises(ValueError, match=r"scores\.parquet: 2 rows occur twice"):
        gather([folder])
    good[:0].to_parquet(path)
    with pytest.raises(ValueError, match=r"scores\.parquet: holds no scores"):
        gather([folder])
    path.write_bytes(b"half a file")
    with pytest.raises(ValueError, match=r"scores\.parquet: not readable as Parquet"):
        gather([folder])
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"scores\.parquet: missing; .*snakemake"):
        gather([folder])


def test_tasks_are_not_mixed(tmp_path: Path, scores: pd.DataFrame) -> None:
    kosc = write_run(tmp_path / "smoke", 2, "symmetric", "ffn_mse", 0)
    ksin = str(kosc).replace("kosc", "ksin")
    with pytest.raises(ValueError, match=r"different tasks \(kosc, ksin\)"):
        gather([kosc, ksin])
    path = tmp_path / "scores.parquet"
    pd.concat([scores, scores.assign(task="ksin")]).to_parquet(path)
    with pytest.raises(ValueError, match=r"several tasks \(kosc, ksin\)"):
        read_scores(path)


def test_methods_tested_on_different_items_are_not_compared(
    tmp_path: Path, scores: pd.DataFrame
) -> None:
    path = tmp_path / "scores.parquet"
    lacking = (scores["method"] == "ffn_sort") & (scores["seed"] == 1) & (scores["item"] == 7)
    scores[~lacking].to_parquet(path)
    with pytest.raises(
        ValueError, match=r"k2-symmetric: .* on 40 items, ffn_sort \(seed 1\) on 39, 39 of"
    ):
        read_scores(path)


def test_missing_score_file_tells_the_command(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none\.parquet.*src\.analysis\.gather RUN_DIR"):
        read_scores(tmp_path / "none.parquet")
