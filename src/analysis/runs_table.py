"""Time, memory and size of every run in one table.

python -m src.analysis.runs_table RUN_DIR... --output results/laptop/tables/runs.csv
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.run_folders import RunFolder, parse_runs
from src.analysis.table_files import write_csv
from src.common.errors import explained

IDENTITY = ("scale", "task", "k", "symmetry", "experiment", "seed")
# What training reports in run.json: number of weights, seconds, MB (10^6 bytes), share of the time
# in which training waited for data, seconds until imports were done.
TRAINING = (
    "parameters",
    "steps",
    "seconds",
    "steps_per_second",
    "peak_memory_mb",
    "data_fraction",
    "import_seconds",
    "device",
)
# What tells of the test, and for how many items in how many seconds.
EVALUATION = {"toy": "evaluation.json", "rendered": "prediction.json"}


def run_row(run: RunFolder) -> dict[str, object]:
    """Describe a run.

    Args:
        run: its folder holds evaluation.json or, of rendered sounds, prediction.json, and run.json
            where it was trained for this task.

    Returns:
        Identity, training (blank for a method without) and evaluation of the run; k and symmetry
        are blank but for toy tasks.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is broken.
    """
    identity = run.identity | {"experiment": run.method}
    training: dict[str, object] = dict.fromkeys(TRAINING)
    if run.variant.method.is_trained and run.task.kind != "recordings":
        training = run.json("run.json", required=TRAINING)
    tested = run.json(EVALUATION[run.kind], required=("n", "seconds"))
    return (
        {name: identity.get(name) for name in IDENTITY}
        | {f"train_{name}" if name == "seconds" else name: training[name] for name in TRAINING}
        | {"eval_seconds": tested["seconds"], "test_items": tested["n"]}
    )


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Gather time, memory and size of runs.")
    parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
    options = parser.parse_args(argv)
    rows = [run_row(run) for run in parse_runs(options.run_folders, one_task=False)]
    table = pd.DataFrame(rows).astype({"k": "Int64", "parameters": "Int64", "steps": "Int64"})
    write_csv(table, options.output)
    print(f"{options.output}: {len(table)} runs")


if __name__ == "__main__":
    main()
