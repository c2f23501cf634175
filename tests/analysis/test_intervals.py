"""Intervals against SciPy's distributions, and means over seeds."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from src.analysis.intervals import item_means, mean_interval, paired_difference, summarise

DOUBLE = 1e-12  # float64 sums of some ten numbers


def make_seeds(values: list[list[float]]) -> pd.DataFrame:
    """Scores "lsd" given as one list a seed."""
    parts = [
        pd.DataFrame({"item": range(len(row)), "seed": seed, "lsd": row})
        for seed, row in enumerate(values)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.mark.parametrize("n", [2, 5, 100])
def test_interval_is_students(n: int) -> None:
    values = np.random.default_rng(n).normal(3, 2, n)
    low, high = stats.t.interval(0.95, n - 1, loc=values.mean(), scale=stats.sem(values))
    interval = mean_interval(values)
    assert interval.mean - interval.ci95 == pytest.approx(low, abs=DOUBLE)
    assert interval.mean + interval.ci95 == pytest.approx(high, abs=DOUBLE)
    assert interval.n == n


def test_few_or_missing_values() -> None:
    assert mean_interval([1.0, math.nan, 3.0]) == mean_interval([1.0, 3.0])
    single, nothing = mean_interval([4.0]), mean_interval([math.nan])
    assert (single.mean, single.n) == (4.0, 1)
    assert math.isnan(single.ci95)
    assert math.isnan(nothing.mean)
    assert nothing.n == 0


def test_seeds_are_averaged_per_item_before_the_interval() -> None:
    scores = make_seeds([[1.0, 2.0, 3.0], [3.0, 2.0, 4.0]])
    assert item_means(scores, "lsd").tolist() == [2.0, 2.0, 3.5]
    summary = summarise(scores, "lsd")
    assert summary.interval == mean_interval([2.0, 2.0, 3.5])
    assert (summary.items, summary.seeds, summary.missing) == (3, 2, 0)
    assert summary.seed_spread == pytest.approx(math.sqrt(0.5), abs=DOUBLE)  # of means 2 and 3


def test_one_seed_has_no_spread_and_nan_are_counted() -> None:
    summary = summarise(make_seeds([[1.0, math.nan, 3.0]]), "lsd")
    assert math.isnan(summary.seed_spread)
    assert (summary.items, summary.interval.n, summary.missing) == (3, 2, 1)
    both = item_means(make_seeds([[1.0, math.nan], [2.0, 5.0]]), "lsd")
    assert both[0] == 1.5
    assert math.isnan(both[1])


def test_items_must_agree() -> None:
    scores = make_seeds([[1.0, 2.0, 3.0], [3.0, 2.0]])
    with pytest.raises(ValueError, match="1 test items were not scored for all 2 seeds"):
        summarise(scores, "lsd")
    with pytest.raises(ValueError, match=r"different items \(2 and 2, 1 shared\)"):
        paired_difference(pd.Series([1.0, 2.0], [0, 1]), pd.Series([1.0, 2.0], [1, 2]))


def test_pairing_removes_the_items_difficulty() -> None:
    generator = np.random.default_rng(0)
    difficulty = pd.Series(generator.normal(10, 3, 200))
    better, worse = (difficulty + c + generator.normal(0, 0.1, 200) for c in (0.0, 0.5))
    difference = paired_difference(better, worse.sample(frac=1, random_state=0))
    expected = stats.ttest_rel(better, worse).confidence_interval(0.95)
    assert difference.mean - difference.ci95 == pytest.approx(expected.low, abs=DOUBLE)
    assert difference.mean + difference.ci95 == pytest.approx(expected.high, abs=DOUBLE)
    assert difference.excludes_zero
    separate = mean_interval(better), mean_interval(worse)
    assert separate[1].mean - separate[0].mean < separate[0].ci95 + separate[1].ci95
    assert not paired_difference(better, better + 0 * worse).excludes_zero
