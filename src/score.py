"""Score predicted sounds against their targets: two folders in, one row a pair out.

    python -m src.score TARGETS PREDICTIONS --output scores.csv [--workers N] [--allow-missing]

Files are paired by name without suffix. Columns of the table: `item` (that name), `mss`, `wmfcc`,
`sot`, `rms` (see `src.metrics.audio`), `target_silent`, `predicted_silent`.
"""

import argparse
import logging
import os
from collections import Counter
from pathlib import Path

import pandas as pd

from src.analysis.intervals import mean_interval
from src.common.csv_files import write_csv
from src.common.errors import explained
from src.common.files import check_place
from src.common.names import shown
from src.common.parquet import write_parquet
from src.common.progress import Progress
from src.common.terminal import log_to_terminal
from src.data.sound_pairs import find_pairs, score_files, scored_pairs
from src.metrics.audio_names import METRICS

__all__ = ["find_pairs", "main", "score_files", "score_folders", "write_table"]

TABLE_SUFFIXES = (".csv", ".parquet")
COLUMNS = ("item", *METRICS, "target_silent", "predicted_silent")

_log = logging.getLogger(__name__)


def score_folders(
    targets: str | Path,
    predictions: str | Path,
    workers: int | None = None,
    allow_missing: bool = False,
) -> pd.DataFrame:
    """Score all pairs of two folders, and print means and the number of NaN.

    Processes are started afresh, so a script that calls this has to be importable (with the call
    under ``if __name__ == "__main__"``), unless `workers` is 1.

    Args:
        targets: folder of the sounds that were to be matched.
        predictions: folder of the sounds that were found, of the same names; other sample rates
            are converted to the target's.
        workers: processes at most; None: one for each core. Several are started where that takes
            less time. The scores do not depend on it.
        allow_missing: leave out files that have no partner, and say so.

    Returns:
        One row a pair, sorted by `item`; columns `COLUMNS`.

    Raises:
        FileNotFoundError: a folder is missing or holds no sounds.
        ValueError: files have no partner, or some cannot be read or compared (all are named).
    """
    scores, problems = score_readable(targets, predictions, workers, allow_missing)
    if problems:
        raise ValueError("\n  ".join(problems))
    return scores


def score_readable(
    targets: str | Path,
    predictions: str | Path,
    workers: int | None = None,
    allow_missing: bool = False,
) -> tuple[pd.DataFrame, list[str]]:
    """Score as `score_folders` does; a pair that cannot be scored stops none of the others.

    Returns:
        One row a pair, with NaN where it cannot be scored; and why these cannot, a text a pair.

    Raises:
        FileNotFoundError: a folder is missing or holds no sounds.
        ValueError: files have no partner.
    """
    pairs = find_pairs(targets, predictions, allow_missing)
    if workers is not None and workers < 1:
        raise ValueError(f"workers: expected 1 or more, got {workers}")
    scored = []
    with Progress("scoring", len(pairs), "pairs") as progress:
        for result in scored_pairs(pairs, workers or _cores()):
            scored.append(result)
            progress.advance()
    changes = Counter(change for result in scored for change in result.changes)
    for change, count in sorted(changes.items()):
        _log.warning("%d of %d pairs: %s", count, len(pairs), change)
    scores = pd.DataFrame([result.row for result in scored], columns=list(COLUMNS))
    _print_summary(scores)
    return scores, [result.problem for result in scored if result.problem]


def write_table(scores: pd.DataFrame, path: str | Path) -> None:
    """Write scores as CSV or Parquet, by suffix; the file appears whole."""
    _check_table(path)
    if Path(path).suffix == ".parquet":
        write_parquet(scores, path)
        return
    write_csv(scores, path, na_rep="NaN")


def _check_table(path: str | Path) -> None:
    if Path(path).suffix not in TABLE_SUFFIXES:
        raise ValueError(f"{path}: the suffix has to be one of {', '.join(TABLE_SUFFIXES)}")


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _print_summary(scores: pd.DataFrame) -> None:
    for metric in METRICS:
        interval = mean_interval(scores[metric])
        missing = len(scores) - interval.n
        mean = f"{interval.mean:10.4f} ± {interval.ci95:.4f}"
        print(f"{metric:6} {mean}   n = {interval.n}, NaN: {missing}")
    targets, predictions = scores["target_silent"].sum(), scores["predicted_silent"].sum()
    print(f"silent targets: {targets}, silent predictions: {predictions}")


@explained
def main(argv: list[str] | None = None) -> None:
    """Command line, see the module."""
    parser = argparse.ArgumentParser(prog="python -m src.score", description=__doc__.split("\n")[0])
    parser.add_argument("targets", type=Path, help="folder of the sounds to be matched")
    parser.add_argument("predictions", type=Path, help="folder of the sounds found, same names")
    parser.add_argument("--output", type=Path, required=True, help="table, .csv or .parquet")
    parser.add_argument(
        "--workers", type=int, help="processes at most (default: one for each core)"
    )
    parser.add_argument("--allow-missing", action="store_true", help="leave out unpaired files")
    options = parser.parse_args(argv)
    _check_table(options.output)
    check_place(options.output)
    log_to_terminal()
    scores, problems = score_readable(
        options.targets, options.predictions, options.workers, options.allow_missing
    )
    write_table(scores, options.output)
    if problems:
        left = f"{len(problems)} of {len(scores)} pairs are NaN in {shown(options.output)}:"
        raise ValueError("\n  ".join([left, *problems]))


if __name__ == "__main__":
    main()
