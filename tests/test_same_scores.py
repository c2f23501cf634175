"""The comparison of two folders of scores sees a single bit."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.same_scores import compare, main


@pytest.fixture
def scores() -> pd.DataFrame:
    return pd.DataFrame({"item": [0, 1, 2], "lsd": np.float32([1.5, np.nan, 0.0])})


def test_a_copy_is_equal(scores):
    assert compare(scores, scores[["lsd", "item"]].copy(), "scores.parquet") == []


@pytest.mark.parametrize("value", [np.nextafter(np.float32(1.5), np.float32(2)), np.float32(-0.0)])
def test_one_changed_bit_is_found(scores, value):
    other = scores.copy()
    other.loc[0 if value > 0 else 2, "lsd"] = value
    (change,) = compare(scores, other, "scores.parquet")
    assert (change.column, change.items, change.rows) == ("lsd", 1, 3)
    assert change.mean == pytest.approx(float(value - np.float32(1.5)) / 2 if value > 0 else 0.0)


def test_other_items_are_refused(scores):
    with pytest.raises(ValueError, match=r"3 rows of item, lsd became 2 rows"):
        compare(scores, scores[:2], "scores.parquet")


@pytest.mark.parametrize(("factor", "status"), [(1, 0), (2, 1)])
def test_command_line(tmp_path: Path, monkeypatch, capsys, scores, factor, status):
    for folder, by in (("a", 1), ("b", factor)):
        run = tmp_path / folder / "kosc" / "ffn_mse"
        run.mkdir(parents=True)
        scores.assign(lsd=scores["lsd"] * np.float32(by)).to_parquet(run / "scores.parquet")
    monkeypatch.setattr(sys, "argv", ["same_scores", str(tmp_path / "a"), str(tmp_path / "b")])
    assert main() == status
    assert ("equal to the bit" in capsys.readouterr().out) == (status == 0)
