"""Scores of many runs as numbers: one row a method, and one row a pair of methods."""

import itertools
from collections.abc import Iterator

import pandas as pd

from src.analysis.intervals import item_means, paired_difference, summarise
from src.analysis.methods import label, rank, split_experiment
from src.analysis.runs import SYMMETRIES
from src.analysis.scores import METRICS, PARAMETER_ERROR


def conditions(scores: pd.DataFrame) -> Iterator[tuple[str, int, list[str], pd.DataFrame]]:
    """Go through (symmetry, k), symmetric first, k ascending.

    Args:
        scores: As `src.analysis.scores.read_scores` gives them.

    Yields:
        Symmetry, k, the experiments in the order of legends, and their scores.
    """
    for symmetry in SYMMETRIES:
        half = scores[scores["symmetry"] == symmetry]
        for k in sorted(half["k"].unique()):
            part = half[half["k"] == k]
            yield symmetry, int(k), sorted(part["experiment"].unique(), key=rank), part


def summary_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Means, intervals and spreads, one row a (symmetry, k, method).

    Args:
        scores: As `src.analysis.scores.read_scores` gives them.

    Returns:
        Columns task, symmetry, k, experiment, method, n (test items), seeds, and for each metric m:
        m (mean), m_ci95 (half width of the interval over items), m_seed_spread (standard deviation
        over seeds, NaN for one), m_nan (scores that are NaN). Column parameter_error repeats LAC
        in the symmetric and MSE in the asymmetric condition, likewise with _ci95 and so on.
    """
    rows = []
    for symmetry, k, experiments, part in conditions(scores):
        for experiment in experiments:
            mine = part[part["experiment"] == experiment]
            row = {
                "task": mine["task"].iloc[0],
                "symmetry": symmetry,
                "k": k,
                "experiment": experiment,
                "method": label(experiment),
            }
            numbers: dict[str, float | int] = {}
            for metric in METRICS:
                summary = summarise(mine, metric)
                row |= {"n": summary.items, "seeds": summary.seeds}
                numbers |= {
                    metric: summary.interval.mean,
                    f"{metric}_ci95": summary.interval.ci95,
                    f"{metric}_seed_spread": summary.seed_spread,
                    f"{metric}_nan": summary.missing,
                }
            primary = PARAMETER_ERROR[symmetry]
            repeated = {
                f"parameter_error{suffix}": numbers[f"{primary}{suffix}"]
                for suffix in ("", "_ci95", "_seed_spread", "_nan")
            }
            rows.append(row | numbers | repeated)
    return pd.DataFrame(rows)


def paired_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences between methods on the same test items.

    Args:
        scores: As `src.analysis.scores.read_scores` gives them.

    Returns:
        One row a (symmetry, k, pair of methods, metric): task, symmetry, k, method_a, method_b,
        metric, n, difference (mean of a - b; below 0: a is better), ci95, significant (0 outside
        the 95 % interval, no correction for the number of pairs). Pairs are all methods as
        configured, and the couplings of one method.
    """
    rows = []
    for symmetry, k, experiments, part in conditions(scores):
        of = {experiment: part[part["experiment"] == experiment] for experiment in experiments}
        for metric in METRICS:
            per_item = {experiment: item_means(mine, metric) for experiment, mine in of.items()}
            for a, b in itertools.combinations(experiments, 2):
                if not _are_compared(a, b):
                    continue
                difference = paired_difference(per_item[a], per_item[b])
                rows.append(
                    {
                        "task": part["task"].iloc[0],
                        "symmetry": symmetry,
                        "k": k,
                        "method_a": label(a),
                        "method_b": label(b),
                        "metric": metric,
                        "n": difference.n,
                        "difference": difference.mean,
                        "ci95": difference.ci95,
                        "significant": difference.excludes_zero,
                    }
                )
    return pd.DataFrame(rows)


def _are_compared(a: str, b: str) -> bool:
    """Whether both are methods as configured, or one method with different couplings."""
    (method_a, coupling_a), (method_b, coupling_b) = split_experiment(a), split_experiment(b)
    return method_a == method_b or (coupling_a is None and coupling_b is None)
