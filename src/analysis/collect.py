"""Gather the scores of runs in one table.

    python -m src.analysis.collect RUN_DIR... --output results/laptop/kosc/scores.parquet

One row a test item of a run: task, k, symmetry, experiment, seed (from the run's path), item, and
the metrics.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.command_lines import collecting
from src.analysis.runs import parse_runs
from src.analysis.scores import RUN_COLUMNS, read_run_scores


def collect(run_folders: Sequence[str | Path]) -> pd.DataFrame:
    """Join the score files of runs of one scale and one task.

    Args:
        run_folders: Each with a scores.parquet.

    Returns:
        Rows in the order of runs (symmetry, k, method, seed), items ascending.

    Raises:
        ValueError: If a folder's path or score file is wrong, or tasks or scales are mixed.
    """
    runs = parse_runs(run_folders)
    tasks = sorted({run.task for run in runs})
    if len(tasks) > 1:
        raise ValueError(f"runs of different tasks ({', '.join(tasks)}) do not mix; give one")
    parts = []
    for run in runs:
        scores = read_run_scores(run.file("scores.parquet")).sort_values("item")
        for place, column in enumerate(RUN_COLUMNS):
            scores.insert(place, column, getattr(run, column))
        parts.append(scores)
    return pd.concat(parts, ignore_index=True)


main = collecting(collect)


if __name__ == "__main__":
    main()
