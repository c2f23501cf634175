"""Gather the scores of runs in one table.

    python -m src.analysis.gather RUN_DIR... --output results/laptop/kosc/scores.parquet

One row an item of a run: what the run's path says (scale, task, k and symmetry of toy tasks,
method, seed), item and metrics; of rendered sounds also whether target and prediction are silent,
and of the run parameters (how many its network has) and not_rendered (patches that gave no sound;
their items count as silence).
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.run_folders import RunFolder, parse_runs
from src.analysis.scores import OF_RUN, check_items, read_run_scores
from src.common.errors import explained
from src.common.parquet import write_parquet


def gather(run_folders: Sequence[str | Path]) -> pd.DataFrame:
    """Join the score files of runs of one scale and one task.

    Args:
        run_folders: each with scores.parquet, of rendered sounds with prediction.json too.

    Returns:
        Rows in the order of symmetry, k, method and seed, items ascending.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a folder's path or a file is wrong, scales or tasks are mixed, or runs to be
            compared cover different items.
    """
    scores = pd.concat([_scores_of(run) for run in parse_runs(run_folders)], ignore_index=True)
    check_items(scores, "run folders")
    return scores


def _scores_of(run: RunFolder) -> pd.DataFrame:
    scores = read_run_scores(run)
    for place, (column, value) in enumerate(run.identity.items()):
        scores.insert(place, column, value)
    if run.kind == "toy":
        return scores
    prediction = run.json("prediction.json", required=("n", *OF_RUN))
    if prediction["n"] != len(scores):
        raise ValueError(
            f"{run.folder / 'scores.parquet'}: {len(scores)} items, but prediction.json says "
            f"{prediction['n']}; score the run again"
        )
    return scores.assign(**{name: int(prediction[name]) for name in OF_RUN})


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Gather the scores of runs in one table.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--output", type=Path, required=True, help="Parquet file to write")
    options = parser.parse_args(argv)
    scores = gather(options.run_folders)
    write_parquet(scores, options.output)
    print(f"{options.output}: {len(scores)} scores of {len(options.run_folders)} runs")


if __name__ == "__main__":
    main()
