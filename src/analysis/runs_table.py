"""Time, memory and size of every run in one table.

python -m src.analysis.runs_table RUN_DIR... --output results/laptop/tables/runs.csv
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.command_lines import write_csv
from src.analysis.runs import RunPath, parse_runs
from src.analysis.synth.runs import LAYOUT as SYNTH_LAYOUT
from src.analysis.synth.runs import SynthRun

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
EVALUATION = ("n", "seconds")


def run_row(run: RunPath) -> dict[str, object]:
    """One line of the table.

    Args:
        run: Its folder holds evaluation.json and, if the method is trained, run.json.

    Returns:
        Identity, training (blank for a method without) and evaluation of the run.

    Raises:
        ValueError: If a file is missing or broken.
    """
    row: dict[str, object] = {name: getattr(run, name) for name in IDENTITY}
    training: dict[str, object] = dict.fromkeys(TRAINING)
    if run.method.is_trained:
        told = run.json("run.json", required=TRAINING)
        training = {name: told[name] for name in TRAINING}
    evaluation = run.json("evaluation.json", required=EVALUATION)
    return (
        row
        | {f"train_{name}" if name == "seconds" else name: training[name] for name in TRAINING}
        | {"eval_seconds": evaluation["seconds"], "test_items": evaluation["n"]}
    )


def synth_row(run: SynthRun) -> dict[str, object]:
    """One line of the table, of a run on a rendered data set.

    Args:
        run: Its folder holds prediction.json and, if the method is trained, run.json.

    Returns:
        As `run_row`; `task` is the data set, k and symmetry are blank.

    Raises:
        ValueError: If a file is broken; FileNotFoundError: if one is missing.
    """
    training: dict[str, object] = dict.fromkeys(TRAINING)
    if (run.folder / "run.json").is_file():
        told = run.json("run.json", required=TRAINING)
        training = {name: told[name] for name in TRAINING}
    prediction = run.json("prediction.json", required=EVALUATION)
    identity = (run.scale, run.dataset, None, None, run.method, run.seed)
    return (
        dict(zip(IDENTITY, identity, strict=True))
        | {f"train_{name}" if name == "seconds" else name: training[name] for name in TRAINING}
        | {"eval_seconds": prediction["seconds"], "test_items": prediction["n"]}
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Gather time, memory and size of runs.")
    parser.add_argument("run_folders", nargs="*", metavar="RUN_DIR")
    parser.add_argument(
        "--synth", nargs="*", default=[], metavar="RUN_DIR", help=f"folders {SYNTH_LAYOUT}"
    )
    parser.add_argument("--output", type=Path, required=True, help="CSV file to write")
    options = parser.parse_args(argv)
    rows = [
        run_row(run) for run in (parse_runs(options.run_folders) if options.run_folders else [])
    ]
    rows += [synth_row(SynthRun.parse(folder)) for folder in options.synth]
    if not rows:
        parser.error("no run folder given")
    table = pd.DataFrame(rows).astype({"k": "Int64", "parameters": "Int64", "steps": "Int64"})
    write_csv(table, options.output)
    print(f"{options.output}: {len(table)} runs")


if __name__ == "__main__":
    main()
