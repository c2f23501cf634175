"""Score predicted sounds against their targets: two folders in, one row a pair out.

    python -m src.score TARGETS PREDICTIONS --output scores.csv [--workers N] [--allow-missing]

Files are paired by name without suffix. Columns of the table: `item` (that name), `mss`, `wmfcc`,
`sot`, `rms` (see `src.metrics.audio`), `target_silent`, `predicted_silent`.
"""

import argparse
import logging
import math
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from src.analysis.intervals import mean_interval
from src.common.errors import explained
from src.common.files import atomic_path
from src.common.parquet import write_parquet
from src.common.processes import available_cores
from src.common.progress import Progress
from src.data.sound_pairs import Pair, Scored, find_pairs, score_files
from src.metrics.audio_names import METRICS

TABLE_SUFFIXES = (".csv", ".parquet")
COLUMNS = ("item", *METRICS, "target_silent", "predicted_silent")

_CHUNK = 8  # pairs a process is given at once
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
        workers: processes; None: one for each core. The scores do not depend on it.
        allow_missing: leave out files that have no partner, and say so.

    Returns:
        One row a pair, sorted by `item`; columns `COLUMNS`.

    Raises:
        FileNotFoundError: a folder is missing or holds no sounds.
        ValueError: files have no partner, or one cannot be read or compared.
    """
    pairs = find_pairs(targets, predictions, allow_missing)
    if workers is not None and workers < 1:
        raise ValueError(f"workers: expected 1 or more, got {workers}")
    workers = min(workers or available_cores(), math.ceil(len(pairs) / _CHUNK))
    _log.info("scoring %d pairs in %d processes", len(pairs), workers)
    with _mapped(pairs, workers) as results, Progress("scoring", len(pairs), "pairs") as progress:
        scored = []
        for result in results:
            scored.append(result)
            progress.advance()
    changes = Counter(change for result in scored for change in result.changes)
    for change, count in sorted(changes.items()):
        _log.warning("%d of %d pairs: %s", count, len(pairs), change)
    scores = pd.DataFrame([result.row for result in scored], columns=list(COLUMNS))
    _print_summary(scores)
    return scores


def write_table(scores: pd.DataFrame, path: str | Path) -> None:
    """Write scores as CSV or Parquet, by suffix; the file appears whole."""
    _check_table(path)
    if Path(path).suffix == ".parquet":
        write_parquet(scores, path)
        return
    with atomic_path(path) as temporary:
        scores.to_csv(temporary, index=False, na_rep="NaN")


def _check_table(path: str | Path) -> None:
    if Path(path).suffix not in TABLE_SUFFIXES:
        raise ValueError(f"{path}: the suffix has to be one of {', '.join(TABLE_SUFFIXES)}")


@contextmanager
def _mapped(pairs: list[Pair], workers: int) -> Iterator[Iterable[Scored]]:
    """Results in order, computed here or by other processes."""
    if workers == 1:
        yield map(score_files, pairs)
        return
    # Spawned, not forked: forking a process that has threads may hang.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context)
    try:
        yield executor.map(score_files, pairs, chunksize=_CHUNK)
    finally:
        executor.shutdown(cancel_futures=True)  # after an error, the rest is not wanted


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
    parser.add_argument("--workers", type=int, help="processes (default: one for each core)")
    parser.add_argument("--allow-missing", action="store_true", help="leave out unpaired files")
    options = parser.parse_args(argv)
    _check_table(options.output)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    scores = score_folders(
        options.targets, options.predictions, options.workers, options.allow_missing
    )
    write_table(scores, options.output)


if __name__ == "__main__":
    main()
