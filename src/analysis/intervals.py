"""Means with 95 % confidence intervals, and paired differences.

Intervals are Student's over test items. Where a method was trained with several seeds, an item's
score is first averaged over them; how far seeds differ is told separately, as the standard
deviation of their means, since more items cannot make it smaller.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit


@dataclass(frozen=True)
class Interval:
    """A mean and the half width of its 95 % confidence interval.

    Attributes:
        mean: Over values that are not NaN; NaN if there are none.
        ci95: Half width; NaN for fewer than two values.
        n: Number of values that are not NaN.
    """

    mean: float
    ci95: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside (a difference is significant at 5 %)."""
        return abs(self.mean) > self.ci95


@dataclass(frozen=True)
class Summary:
    """One method's score in one condition.

    Attributes:
        interval: Over items, of scores averaged over seeds.
        median: Of the same; a few items that go astray do not move it.
        items: Number of items.
        seeds: Number of seeds.
        seed_spread: Standard deviation of the seeds' means; NaN for one seed.
        missing: Number of scores (item and seed) that are NaN.
    """

    interval: Interval
    median: float
    items: int
    seeds: int
    seed_spread: float
    missing: int


def mean_interval(values: ArrayLike) -> Interval:
    """Mean and Student's 95 % interval of independent values.

    Args:
        values: Any number of them; NaN are left out (and must be counted elsewhere).

    Returns:
        The interval.

    Example:
        Student's factor for three values is 4.303, their standard deviation 1.

        >>> interval = mean_interval([1.0, 2.0, 3.0])
        >>> interval.mean, round(interval.ci95, 3), interval.n
        (2.0, 2.484, 3)
    """
    array = np.asarray(values, dtype=np.float64).ravel()
    array = array[~np.isnan(array)]
    n = len(array)
    if n < 2:
        return Interval(float(array[0]) if n else math.nan, math.nan, n)
    half_width = stdtrit(n - 1, 0.975) * array.std(ddof=1) / math.sqrt(n)
    return Interval(float(array.mean()), float(half_width), n)


def item_means(scores: pd.DataFrame, metric: str) -> pd.Series:
    """Scores averaged over seeds.

    Args:
        scores: Of one method in one condition, with columns item, seed and `metric`.
        metric: Column to average.

    Returns:
        One value an item, by item; NaN where any seed's is.

    Raises:
        ValueError: If the seeds were not tested on the same items.
    """
    seeds = scores["seed"].nunique()
    counts = scores.groupby("item")[metric].size()
    if (counts != seeds).any():
        raise ValueError(
            f"{(counts != seeds).sum()} test items were not scored for all {seeds} seeds; evaluate "
            "all seeds with the same configuration and collect again"
        )
    by_seed = scores.pivot(index="item", columns="seed", values=metric).astype(np.float64)
    return by_seed.mean(axis=1, skipna=False)


def summarise(scores: pd.DataFrame, metric: str) -> Summary:
    """Interval over items and spread over seeds of one method in one condition.

    Args:
        scores: With columns item, seed and `metric`.
        metric: Column to summarise.

    Returns:
        The summary.

    Raises:
        ValueError: If the seeds were not tested on the same items.
    """
    per_item = item_means(scores, metric)
    per_seed = scores.groupby("seed")[metric].mean()
    return Summary(
        interval=mean_interval(per_item),
        median=float(per_item.median()),
        items=len(per_item),
        seeds=len(per_seed),
        seed_spread=float(per_seed.std(ddof=1)),
        missing=int(scores[metric].isna().sum()),
    )


def paired_difference(first: pd.Series, second: pd.Series) -> Interval:
    """Mean of `first` - `second` over items, which both must share.

    Pairing removes what makes some items hard for every method, so that this interval is narrower
    than those of the two means suggest.

    Args:
        first: One value an item, by item.
        second: Likewise.

    Returns:
        Interval of the difference; below 0: `first` is smaller (better).

    Raises:
        ValueError: If the items differ.
    """
    if not first.index.sort_values().equals(second.index.sort_values()):
        raise ValueError(
            f"methods were tested on different items ({len(first)} and {len(second)}, "
            f"{len(first.index.intersection(second.index))} shared); evaluate both with one scale"
        )
    return mean_interval(first - second)
