"""Scores of a rendered data set as numbers: one row a method, and one row a pair of methods."""

import itertools

import pandas as pd

from src.analysis.intervals import item_means, paired_difference, summarise
from src.analysis.synth.rows import METRICS, ROWS, rank
from src.analysis.synth.scores import paper_numbers


def summary_table(scores: pd.DataFrame) -> pd.DataFrame:
    """Means, intervals and counts, one row a method, beside the paper's numbers.

    Args:
        scores: as `src.analysis.synth.scores.read_scores` gives them.

    Returns:
        Columns scale, dataset, method, label, parameters_million, n (pairs of sounds), seeds; for
        each metric m: m (mean), m_ci95 (half width of the interval over items), m_seed_spread
        (standard deviation over seeds, NaN for one), paper_m, paper_m_ci95 (NaN where the paper
        has none); paper_parameters_million; target_silent (targets without sound); and, summed over
        seeds, nan (scores that are NaN), predicted_silent, not_rendered.

    Raises:
        ValueError: seeds of a method differ in their items or in the size of their network.
    """
    dataset = str(scores["dataset"].iloc[0])
    paper = paper_numbers(dataset)
    rows = []
    for method in sorted(scores["method"].unique(), key=rank):
        mine = scores[scores["method"] == method]
        summaries = {metric: summarise(mine, metric) for metric in METRICS}
        first = summaries["mss"]
        row: dict[str, str | float | int] = {
            "scale": mine["scale"].iloc[0],
            "dataset": dataset,
            "method": method,
            "label": ROWS[method].label,
            "parameters_million": _parameters(mine) / 1e6,
            "n": first.items,
            "seeds": first.seeds,
        }
        for metric, summary in summaries.items():
            row |= {
                metric: summary.interval.mean,
                f"{metric}_ci95": summary.interval.ci95,
                f"{metric}_seed_spread": summary.seed_spread,
            }
        for name in [
            *(f"{m}{end}" for m in METRICS for end in ("", "_ci95")),
            "parameters_million",
        ]:
            row[f"paper_{name}"] = paper.get(method, {}).get(name, float("nan"))
        row |= {
            "nan": sum(summary.missing for summary in summaries.values()),
            "predicted_silent": int(mine["predicted_silent"].sum()),
            "target_silent": int(mine.drop_duplicates("item")["target_silent"].sum()),
            "not_rendered": int(mine.groupby("seed")["not_rendered"].first().sum()),
        }
        rows.append(row)
    return pd.DataFrame(rows)


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
    """Differences between all methods on the same items.

    Args:
        scores: as `src.analysis.synth.scores.read_scores` gives them.

    Returns:
        One row a (pair of methods, metric): scale, dataset, method_a, method_b, label_a, label_b,
        metric, n, difference (mean of a - b), ci95, excludes_zero (0 lies outside the 95 %
        interval, no correction for the number of pairs).
    """
    methods = sorted(scores["method"].unique(), key=rank)
    rows = []
    for metric in METRICS:
        of = {m: item_means(scores[scores["method"] == m], metric) for m in methods}
        for a, b in itertools.combinations(methods, 2):
            difference = paired_difference(of[a], of[b])
            rows.append(
                {
                    "scale": scores["scale"].iloc[0],
                    "dataset": scores["dataset"].iloc[0],
                    "method_a": a,
                    "method_b": b,
                    "label_a": ROWS[a].label,
                    "label_b": ROWS[b].label,
                    "metric": metric,
                    "n": difference.n,
                    "difference": difference.mean,
                    "ci95": difference.ci95,
                    "excludes_zero": difference.excludes_zero,
                }
            )
    return pd.DataFrame(rows)
