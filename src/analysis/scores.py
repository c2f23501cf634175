"""Scores per test item: their columns, units, and how they are read."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from src.analysis.run_files import read_parquet


@dataclass(frozen=True)
class Metric:
    """How a score is printed.

    Attributes:
        column: In score files.
        name: In tables and on axes.
        unit: "dB", or "" for parameters in [-1, 1], which have none.
    """

    column: str
    name: str
    unit: str = ""

    @property
    def title(self) -> str:
        """Name with unit."""
        return f"{self.name} ({self.unit})" if self.unit else self.name


METRICS = {
    metric.column: metric
    for metric in (
        Metric("lsd", "LSD", "dB"),
        Metric("lac", "LAC"),
        Metric("lac_squared", "LAC (squared)"),
        Metric("mse", "MSE"),
        Metric("chamfer", "Chamfer"),
    )
}
# The parameter error that means something: where oscillators may be swapped, one that ignores
# their order.
PARAMETER_ERROR = {"symmetric": "lac", "asymmetric": "mse"}
RUN_COLUMNS = ("task", "k", "symmetry", "experiment", "seed")


def read_run_scores(path: Path) -> pd.DataFrame:
    """Scores of one run: columns item and the metrics, one row a test item.

    Raises:
        ValueError: If the file cannot be read, is empty, lacks a column or repeats an item.
    """
    return read_parquet(path, ["item"], [*METRICS], "evaluate the run again")


def read_scores(path: Path) -> pd.DataFrame:
    """Scores of many runs of one task, as `src.analysis.collect` writes them.

    Raises:
        ValueError: If the file cannot be read, is empty, lacks a column, repeats an item of a run,
            holds more than one task, or methods to be compared were tested on different items.
    """
    remedy = f"make it with: python -m src.analysis.collect RUN_DIR... --output {path}"
    scores = read_parquet(path, [*RUN_COLUMNS, "item"], [*METRICS], remedy)
    tasks = sorted(scores["task"].unique())
    if len(tasks) > 1:
        raise ValueError(f"{path}: scores of several tasks ({', '.join(tasks)}); {remedy}")
    _check_items(path, scores)
    return scores


def _check_items(path: Path, scores: pd.DataFrame) -> None:
    for (symmetry, k), part in scores.groupby(["symmetry", "k"], sort=False):
        items = {
            f"{experiment} (seed {seed})": np.sort(run["item"].to_numpy())
            for (experiment, seed), run in part.groupby(["experiment", "seed"], sort=False)
        }
        first, *others = items
        for other in others:
            if not np.array_equal(items[first], items[other]):
                raise ValueError(
                    f"{path}: {symmetry}, k = {k}: {first} was tested on {len(items[first])} "
                    f"items, {other} on {len(items[other])}, and not on the same; evaluate both "
                    "with one scale and collect again"
                )
