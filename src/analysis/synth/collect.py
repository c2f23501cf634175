"""Gather the scores of runs of a rendered data set in one table.

    python -m src.analysis.synth.collect RUN_DIR... --output results/laptop/vital/scores.parquet

One row an item of a run: scale, dataset, method, seed (from the run's path), item, mss, wmfcc, sot,
rms, target_silent, predicted_silent, and of the run: parameters (how many its network has) and
not_rendered (patches that gave no sound; their items count as silence).
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.command_lines import collecting
from src.analysis.synth.runs import parse_runs
from src.analysis.synth.scores import RUN_COLUMNS, SUMMARY, check_items, read_run_scores


def collect(run_folders: Sequence[str | Path]) -> pd.DataFrame:
    """Join the score files of runs of one scale and one data set.

    Args:
        run_folders: each with scores.parquet and prediction.json.

    Returns:
        Rows in the order of methods and seeds, items ascending.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a folder's path or a file is wrong, scales or data sets are mixed, or the runs
            cover different items.
    """
    parts = []
    for run in parse_runs(run_folders):
        path = run.file("scores.parquet")
        scores = read_run_scores(path)
        prediction = run.json("prediction.json", required=("n", *SUMMARY))
        if prediction["n"] != len(scores):
            raise ValueError(
                f"{path}: {len(scores)} items, but prediction.json says {prediction['n']}; score "
                "the run again"
            )
        for place, column in enumerate(RUN_COLUMNS):
            scores.insert(place, column, getattr(run, column))
        parts.append(scores.assign(**{name: int(prediction[name]) for name in SUMMARY}))
    collected = pd.concat(parts, ignore_index=True)
    check_items(collected, "run folders")
    return collected


main = collecting(collect)


if __name__ == "__main__":
    main()
