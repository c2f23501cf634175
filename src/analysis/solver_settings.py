"""Ways to sample a flow, compared: error of sounds by solver, number of steps and guidance."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.intervals import Interval, item_means, mean_interval, paired_difference
from src.analysis.studies import read_studies
from src.study.metrics import METRICS
from src.study.names import hint

METRIC = METRICS["rendered"]["mss"]
SETTING = ["solver", "steps", "guidance"]
NEGLIGIBLE = 0.01  # of the most accurate setting's score
# Printed names, in the order of their accuracy at one effort.
SOLVERS = {"euler": "Euler", "midpoint": "Midpoint", "heun": "Heun", "rk4": "RK4"}


def read_settings_studies(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Read studies of `src.runs.sampling_study` on one task.

    Args:
        paths: files in run folders.

    Returns:
        Columns of the run (scale, task, method, seed), solver, steps, guidance, evaluations, item
        and the metrics.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a path or file is not usable, or holds an unknown solver.
    """
    columns = ["evaluations", *METRICS["rendered"]]
    remedy = "run src.runs.sampling_study for this run again"
    studies = read_studies(paths, [*SETTING, "item"], columns, remedy)
    if unknown := sorted(set(studies["solver"]) - set(SOLVERS)):
        raise ValueError(
            f"{', '.join(map(str, paths))}: unknown solver {unknown[0]}; "
            f"{hint(unknown[0], SOLVERS)}; a new one is entered in src/analysis/solver_settings.py"
        )
    return studies


def compare(study: pd.DataFrame) -> pd.DataFrame:
    """Summarise a flow's settings, and compare each with the most accurate of its guidance.

    Args:
        study: of one method, as `read_settings_studies` gives it.

    Returns:
        One row a setting: solver, steps, guidance, evaluations, n (items), mean, ci95, difference
        (paired, from the most accurate setting of the same guidance), difference_ci95, reference
        (that setting's mean), is_reference, is_worse (see the module).

    Raises:
        ValueError: settings or seeds were not scored on the same items.
    """
    per_item: dict[tuple[str, int, float], pd.Series] = {}
    evaluations: dict[tuple[str, int, float], int] = {}
    for _, part in study.groupby(SETTING):
        solver, steps, guidance = part[SETTING].iloc[0]
        key = (str(solver), int(steps), float(guidance))
        per_item[key] = item_means(part, METRIC.column)
        evaluations[key] = int(part["evaluations"].iloc[0])
    rows = []
    for key, scores in per_item.items():
        solver, steps, guidance = key
        rivals = [other for other in per_item if other[2] == guidance]
        best = max(rivals, key=lambda k: (evaluations[k], list(SOLVERS).index(k[0])))
        mean, difference = mean_interval(scores), paired_difference(scores, per_item[best])
        reference = mean_interval(per_item[best]).mean
        rows.append(
            {
                "solver": solver,
                "steps": steps,
                "guidance": guidance,
                "evaluations": evaluations[key],
                "n": mean.n,
                "mean": mean.mean,
                "ci95": mean.ci95,
                "difference": difference.mean,
                "difference_ci95": difference.ci95,
                "reference": reference,
                "is_reference": key == best,
                "is_worse": key != best and is_worse(difference, reference),
            }
        )
    order = {solver: place for place, solver in enumerate(SOLVERS)}
    table = pd.DataFrame(rows)
    return table.sort_values(
        ["guidance", "evaluations", "solver"],
        key=lambda column: column.map(order) if column.name == "solver" else column,
        ignore_index=True,
    )


def is_worse(difference: Interval, reference: float) -> bool:
    """Whether an error is measurably larger: above 0, and not below 1 % of the reference.

    Args:
        difference: paired, from the reference; without an interval it counts as worse if above 0.
        reference: mean error of the most accurate setting.

    Example:
        >>> is_worse(Interval(0.5, 0.2, 100), 10.0), is_worse(Interval(0.05, 0.02, 100), 10.0)
        (True, False)
    """
    ci95 = 0.0 if math.isnan(difference.ci95) else difference.ci95
    return difference.mean - ci95 > 0 and difference.mean + ci95 >= NEGLIGIBLE * reference


def main_guidance(settings: pd.DataFrame) -> float:
    """The guidance at which most settings were tried, the one of the main table."""
    return float(settings["guidance"].value_counts(sort=False).sort_values().index[-1])
