"""Best of N candidates, in numbers: expected scores over N, and what refinement adds."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from src.analysis.intervals import item_means, mean_interval, paired_difference
from src.analysis.studies import read_studies
from src.study.metrics import METRICS

CHOSEN_BY = "mss"
REFINED = "refined"
_METRICS = METRICS["rendered"]


def read_candidates(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read studies of `src.matching.study` on one task.

    Args:
        paths: files in run folders.

    Returns:
        Columns of the run (scale, task, method, seed), item, candidate, refined, rendered and the
        metrics.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a path or file is not usable.
    """
    keys, remedy = ["item", "candidate", "refined"], "run src.matching.study for this run again"
    return read_studies(paths, keys, ["rendered", *_METRICS], remedy)


def numbers(most: int) -> list[int]:
    """List the N that are shown: powers of two, and the largest.

    Example:
        >>> numbers(64), numbers(5)
        ([1, 2, 4, 8, 16, 32, 64], [1, 2, 4, 5])
    """
    return sorted({2**i for i in range(most.bit_length()) if 2**i <= most} | {most})


def chances(most: int, n: int) -> NDArray[np.float64]:
    """Chance of each rank, best first, to be the best of N candidates out of ``most``.

    Example:
        >>> chances(3, 2).round(3).tolist()
        [0.667, 0.333, 0.0]
    """
    total = math.comb(most, n)
    return np.array([math.comb(most - 1 - rank, n - 1) / total for rank in range(most)])


def best_of(candidates: pd.DataFrame) -> pd.DataFrame:
    """Average the scores of the best of N over all sets of N candidates of a sound.

    Args:
        candidates: of one method: item, seed, candidate and the metrics.

    Returns:
        A row an item, seed and N: item, seed, n and the metrics.

    Raises:
        ValueError: sounds have different numbers of candidates.
    """
    columns = list(_METRICS)
    rows = []
    counts = candidates.groupby(["item", "seed"]).size()
    if counts.nunique() != 1:
        raise ValueError(
            f"sounds have {counts.min()} to {counts.max()} candidates; study them with one setting"
        )
    most = int(counts.iloc[0])
    weights = {n: chances(most, n) for n in numbers(most)}
    for (item, seed), part in candidates.groupby(["item", "seed"]):
        ordered = part.sort_values([CHOSEN_BY, "candidate"])[columns].to_numpy()
        for n, weight in weights.items():
            found = weight @ np.where(weight[:, None] > 0, ordered, 0.0)
            rows.append(
                {"item": item, "seed": seed, "n": n} | dict(zip(columns, found, strict=True))
            )
    return pd.DataFrame(rows)


def summarise(study: pd.DataFrame) -> pd.DataFrame:
    """Summarise one method: the best of N for each N, then the refined patch.

    Args:
        study: of one method, as `read_candidates` gives it.

    Returns:
        A row a stage and metric: stage ("best of 4", …, "refined"), n (patches rendered a sound),
        metric, items, mean, ci95, and gain, gain_ci95: paired difference from one draw (of the
        refined patch, from the best of all draws it started from).
    """
    per_n = best_of(study[~study["refined"]])
    refined = study[study["refined"]]
    most = int(per_n["n"].max())
    rows = []
    for metric in _METRICS:
        values = {n: item_means(per_n[per_n["n"] == n], metric) for n in numbers(most)}
        after = item_means(refined, metric)
        renders = most + float(refined["rendered"].mean())
        stages = [(f"best of {n}", float(n), found, values[1]) for n, found in values.items()]
        stages.append((REFINED, renders, after, values[most]))
        for stage, n, found, reference in stages:
            mean, gain = mean_interval(found), paired_difference(found, reference)
            facts = {"stage": stage, "n": n, "metric": metric, "items": mean.n}
            rows.append(
                facts
                | {"mean": mean.mean, "ci95": mean.ci95, "gain": gain.mean, "gain_ci95": gain.ci95}
            )
    return pd.DataFrame(rows)
