"""Scores of rendered sounds: how files of one run, of many runs and of the paper are read."""

from pathlib import Path

import numpy as np
import pandas as pd

from src.analysis.run_files import read_parquet
from src.analysis.synth.rows import METRICS, ROWS

RUN_COLUMNS = ("scale", "dataset", "method", "seed")
SILENT = ("target_silent", "predicted_silent")
SUMMARY = ("parameters", "not_rendered")  # of prediction.json, the same in every row of a run
PAPER = Path(__file__).with_name("paper_table1.csv")


def read_run_scores(path: Path) -> pd.DataFrame:
    """Scores of one run, as `src.score` writes them; for errors see `read_parquet`.

    Returns:
        Columns item, the metrics, target_silent, predicted_silent; items ascending.
    """
    columns = [*METRICS, *SILENT]
    return read_parquet(path, ["item"], columns, "score the run again").sort_values("item")


def read_scores(path: Path) -> pd.DataFrame:
    """Scores of many runs of one data set, as `src.analysis.synth.collect` writes them.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not usable, holds several scales or data sets or an unknown
            method, or the runs cover different items.
    """
    remedy = f"make it with: python -m src.analysis.synth.collect RUN_DIR... --output {path}"
    columns = [*METRICS, *SILENT, *SUMMARY]
    scores = read_parquet(path, [*RUN_COLUMNS, "item"], columns, remedy)
    for what in ("scale", "dataset"):
        found = sorted(scores[what].unique())
        if len(found) > 1:
            raise ValueError(f"{path}: several values of {what} ({', '.join(found)}); {remedy}")
    unknown = sorted(set(scores["method"]) - set(ROWS))
    if unknown:
        raise ValueError(f"{path}: unknown methods {', '.join(unknown)}; known: {', '.join(ROWS)}")
    check_items(scores, str(path))
    return scores


def check_items(scores: pd.DataFrame, source: str) -> None:
    """Refuse runs that were not scored on the same items.

    Args:
        scores: with columns method, seed and item.
        source: what the message begins with.

    Raises:
        ValueError: they were not.
    """
    groups = scores.groupby(["method", "seed"], sort=False)["item"]
    items = {f"{m} (seed {s})": np.sort(part.to_numpy()) for (m, s), part in groups}
    first, *others = items
    for other in others:
        if not np.array_equal(items[first], items[other]):
            shared = len(np.intersect1d(items[first], items[other]))
            raise ValueError(
                f"{source}: {first} was scored on {len(items[first])} items, {other} on "
                f"{len(items[other])}, {shared} of them shared; score both on the same targets"
            )


def paper_numbers(dataset: str) -> dict[str, dict[str, float]]:
    """What the paper's Table 1 prints for a data set.

    Args:
        dataset: such as "surge_full".

    Returns:
        By method: the metrics, each also with "_ci95", and parameters_million; empty where the
        paper has none.
    """
    table = pd.read_csv(PAPER)
    mine = table[table["dataset"] == dataset].drop(columns="dataset").set_index("method")
    return {
        str(method): {str(name): float(value) for name, value in row.items()}
        for method, row in mine.iterrows()
    }
