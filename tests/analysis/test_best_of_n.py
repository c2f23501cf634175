"""Best of N: its expectation over sets, and what is reported."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from src.analysis.best_of_n import best_of, chances, summarise
from src.analysis.figures.best_of_n import main

CANDIDATES, ITEMS = 4, 3


def study(seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for item in range(ITEMS):
        for candidate in range(CANDIDATES + 1):
            refined = candidate == CANDIDATES
            scores = dict(zip(("mss", "wmfcc", "sot", "rms"), rng.random(4), strict=True))
            if refined:
                scores["mss"] = 0.0
            facts = {"item": f"{item:06d}", "candidate": candidate % CANDIDATES}
            rows.append(facts | {"refined": refined, "rendered": 9 if refined else 1} | scores)
    return pd.DataFrame(rows)


def test_scores_are_means_over_all_sets():
    table = study().assign(seed=0)
    drawn = table[~table["refined"]]
    found = best_of(drawn)
    one = drawn[drawn["item"] == "000001"].reset_index(drop=True)
    for n in (1, 2, 4):
        sets = itertools.combinations(range(CANDIDATES), n)
        chosen = [one.loc[one.loc[list(s), "mss"].idxmin(), "wmfcc"] for s in sets]
        row = found[(found["item"] == "000001") & (found["n"] == n)]
        assert row["wmfcc"].item() == pytest.approx(np.mean(chosen))


def test_chances_sum_to_one():
    for n in (1, 7, 64):
        assert chances(64, n).sum() == pytest.approx(1)


def test_more_candidates_and_refinement_gain():
    summary = summarise(study().assign(seed=0))
    mss = summary[summary["metric"] == "mss"]
    assert mss["mean"].is_monotonic_decreasing
    assert mss["stage"].tolist() == ["best of 1", "best of 2", "best of 4", "refined"]
    assert mss["n"].tolist() == [1, 2, 4, 13]
    assert mss["gain"].iloc[0] == 0
    assert mss["gain"].iloc[-1] == pytest.approx(mss["mean"].iloc[-1] - mss["mean"].iloc[-2])


def test_figure_and_table_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    files = []
    for method in ("cnf_param2tok", "random"):
        path = tmp_path / "laptop" / "vital" / method / "seed0" / "best_of_n.parquet"
        path.parent.mkdir(parents=True)
        study().to_parquet(path)
        files.append(str(path))
    main([*files, "--output", str(tmp_path / "b.pdf"), "--table", str(tmp_path / "b.csv")])
    table = pd.read_csv(tmp_path / "b.csv")
    assert set(table["method"]) == {"cnf_param2tok", "random"}
    assert (tmp_path / "b.png").stat().st_size > 10_000
    assert "CNF (PARAM2TOK), MSS (dB): one draw" in capsys.readouterr().out


def test_sounds_need_the_same_number_of_candidates():
    table = study().assign(seed=0)
    with pytest.raises(ValueError, match="3 to 4 candidates"):
        best_of(table[~table["refined"]].iloc[1:])
