"""Scores of many runs as numbers: one row a method, and one row a pair of methods."""

import itertools
from typing import Any

import pandas as pd

from src.analysis.intervals import Summary, item_means, paired_difference, summarise
from src.analysis.naming import labels_of
from src.analysis.paper import paper_numbers
from src.analysis.scores import Part, kind_of, parts
from src.study.layout import Condition
from src.study.metrics import METRICS, PARAMETER_ERROR
from src.study.settings import read_settings

LARGEST_MSE = 4.0  # of two vectors in [-1, 1]; beyond it a prediction has left that range


def summary_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Means, intervals and counts, one row a method in a condition.

    Args:
        scores: as `src.analysis.scores.read_scores` gives them.

    Returns:
        Columns scale, task, method, label, n (items), seeds; for each metric m: m (mean), m_ci95
        (half width of the interval over items), m_median, m_seed_spread (standard deviation over
        seeds, NaN for one), m_nan (scores that are NaN). Of toy tasks also symmetry, k, diverged
        (scores whose MSE no parameters in [-1, 1] have, summed over seeds), and parameter_error,
        which repeats LAC in the symmetric and MSE in the asymmetric condition, likewise with _ci95
        and so on. Of rendered sounds also parameters_million; paper_m, paper_m_ci95 and
        paper_parameters_million (NaN where the paper has none); target_silent (targets without
        sound); and, summed over seeds, nan (all scores that are NaN), predicted_silent and
        not_rendered.

    Raises:
        ValueError: seeds of a method differ in their items or in the size of their network.
    """
    kind, labels = kind_of(scores), labels_of(scores)
    rows = []
    for part in parts(scores):
        for method in part.methods:
            mine = part.of(method)
            summaries = {metric: summarise(mine, metric) for metric in METRICS[kind]}
            first = next(iter(summaries.values()))
            row = _identity(part) | {"method": method, "label": labels[method]}
            row |= {"n": first.items, "seeds": first.seeds}
            for metric, summary in summaries.items():
                row |= _numbers(metric, summary)
            if part.condition is not None:
                error = PARAMETER_ERROR[part.condition.symmetry]
                row |= _numbers("parameter_error", summaries[error])
                row["diverged"] = int((mine["mse"] > LARGEST_MSE).sum())
            if kind == "rendered":
                row |= _of_sounds(mine, summaries)
            rows.append(row)
    return pd.DataFrame(rows)


def _identity(part: Part) -> dict[str, Any]:
    first = part.scores.iloc[0]
    row = {"scale": first["scale"], "task": first["task"]}
    if isinstance(part.condition, Condition):
        row |= {"symmetry": part.condition.symmetry, "k": part.condition.k}
    return row


def _numbers(name: str, summary: Summary) -> dict[str, float | int]:
    return {
        name: summary.interval.mean,
        f"{name}_ci95": summary.interval.ci95,
        f"{name}_median": summary.median,
        f"{name}_seed_spread": summary.seed_spread,
        f"{name}_nan": summary.missing,
    }


def _of_sounds(scores: pd.DataFrame, summaries: dict[str, Summary]) -> dict[str, float | int]:
    """What a row tells beside means where sounds were rendered."""
    method, task = str(scores["method"].iloc[0]), str(scores["task"].iloc[0])
    paper = paper_numbers(task).get(method, {})
    printed = [*(f"{m}{end}" for m in summaries for end in ("", "_ci95")), "parameters_million"]
    return {
        "parameters_million": _parameters(scores) / 1e6,
        **{f"paper_{name}": paper.get(name, float("nan")) for name in printed},
        "nan": sum(summary.missing for summary in summaries.values()),
        "predicted_silent": int(scores["predicted_silent"].sum()),
        "target_silent": int(scores.drop_duplicates("item")["target_silent"].sum()),
        "not_rendered": int(scores.groupby("seed")["not_rendered"].first().sum()),
    }


def _parameters(scores: pd.DataFrame) -> int:
    """Size of a method's network, which all seeds must share."""
    sizes = scores["parameters"].unique()
    if len(sizes) > 1:
        raise ValueError(
            f"{scores['method'].iloc[0]}: the seeds' networks have {sorted(map(int, sizes))} "
            "parameters; train all seeds with one configuration"
        )
    return int(sizes[0])


def paired_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Differences between methods on the same items.

    Args:
        scores: as `src.analysis.scores.read_scores` gives them.

    Returns:
        One row a (condition, metric, pair of methods): scale, task, symmetry and k of toy tasks,
        method_a, method_b, label_a, label_b, metric, n, difference (mean of a - b), ci95,
        excludes_zero (0 lies outside the 95 % interval, no correction for the number of pairs).
        Pairs are all methods as they are, the variants of one method, and methods with the same
        variant.
    """
    labels = labels_of(scores)
    rows = []
    for part in parts(scores):
        for metric in METRICS[kind_of(scores)]:
            of = {method: item_means(part.of(method), metric) for method in part.methods}
            for a, b in itertools.combinations(part.methods, 2):
                if not _are_compared(a, b):
                    continue
                difference = paired_difference(of[a], of[b])
                names = {"method_a": a, "method_b": b, "label_a": labels[a], "label_b": labels[b]}
                numbers = {
                    "metric": metric,
                    "n": difference.n,
                    "difference": difference.mean,
                    "ci95": difference.ci95,
                    "excludes_zero": difference.excludes_zero,
                }
                rows.append(_identity(part) | names | numbers)
    return pd.DataFrame(rows)


def _are_compared(a: str, b: str) -> bool:
    first, second = (read_settings().variant(name) for name in (a, b))
    return first.method == second.method or first.key == second.key
