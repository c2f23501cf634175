"""Score predicted sounds against their targets: two folders in, one row a pair out.

    python -m src.score TARGETS PREDICTIONS --output scores.csv [--workers N] [--allow-missing]

Files are paired by name without suffix. Columns of the table: `item` (that name), `mss`, `wmfcc`,
`sot`, `rms` (see `src.metrics.audio`), `target_silent`, `predicted_silent`.
"""

import argparse
import logging
import math
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pedalboard.io import AudioFile

from src.analysis.intervals import mean_interval
from src.common.csv_files import write_csv
from src.common.errors import explained
from src.common.parquet import write_parquet
from src.common.progress import Progress
from src.common.terminal import log_to_terminal
from src.data.sound_files import SUFFIXES
from src.metrics.audio import is_silent, score_pair
from src.metrics.audio_names import METRICS

TABLE_SUFFIXES = (".csv", ".parquet")
COLUMNS = ("item", *METRICS, "target_silent", "predicted_silent")

_CHUNK, _LISTED = 8, 10  # pairs a process is given at once; names in a message
_log = logging.getLogger(__name__)


class Pair(NamedTuple):
    """Two files to compare."""

    item: str
    target: Path
    predicted: Path


class Scored(NamedTuple):
    """A row of the table, and what was changed before two sounds could be compared."""

    row: dict[str, str | float | bool]
    changes: tuple[str, ...]


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
    workers = min(workers or _cores(), math.ceil(len(pairs) / _CHUNK))
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


def find_pairs(
    targets: str | Path, predictions: str | Path, allow_missing: bool = False
) -> list[Pair]:
    """Pair the sound files of two folders by name without suffix.

    Args:
        targets: folder.
        predictions: folder.
        allow_missing: leave out files that have no partner, and log them.

    Returns:
        The pairs, sorted by name.

    Raises:
        FileNotFoundError: a folder is missing or holds no sounds.
        ValueError: no name is in both; or some are not, and may not be missing; or a folder holds
            two files of one name.
    """
    first, second = _sounds(targets), _sounds(predictions)
    common = sorted(first.keys() & second.keys())
    if not common:
        raise ValueError(
            f"{targets} and {predictions} have no name in common (for example "
            f"{min(first.values()).name} and {min(second.values()).name}); a prediction has to be "
            "named like its target, the suffix aside"
        )
    unpaired = sorted(
        str(files[stem])
        for files, others in ((first, second), (second, first))
        for stem in files.keys() - others.keys()
    )
    if unpaired:
        names = ", ".join(unpaired[:_LISTED]) + (", …" if len(unpaired) > _LISTED else "")
        if not allow_missing:
            raise ValueError(
                f"{len(unpaired)} files have no partner: {names}; add them, or leave them out with "
                "--allow-missing"
            )
        _log.warning("%d files have no partner and are left out: %s", len(unpaired), names)
    return [Pair(stem, first[stem], second[stem]) for stem in common]


def score_files(pair: Pair) -> Scored:
    """Read, align and score one pair.

    Args:
        pair: two sound files of any sample rates.

    Returns:
        The row, with NaN where a sound holds NaN or infinite samples.

    Raises:
        ValueError: a file cannot be read, or the two cannot be compared.
    """
    target, rate = read_sound(pair.target)
    predicted, predicted_rate = read_sound(pair.predicted)
    changes = []
    if predicted_rate != rate:
        changes.append("the prediction was converted to the target's sample rate")
        predicted = _resampled(predicted, predicted_rate, rate)
        # Rounding of the length is no difference in length.
        if abs(predicted.shape[1] - target.shape[1]) <= 1 + rate / predicted_rate:
            predicted = _of_length(predicted, target.shape[1])
    samples = max(target.shape[1], predicted.shape[1])
    if target.shape[1] != predicted.shape[1]:
        changes.append("lengths differ, the shorter sound was continued with silence")
    if len(target) != len(predicted):
        changes.append("one sound is mono, it was repeated on the other's channels")
    row: dict[str, str | float | bool] = {
        "item": pair.item,
        "target_silent": is_silent(target),
        "predicted_silent": is_silent(predicted),
    }
    try:
        row |= score_pair(_of_length(target, samples), _of_length(predicted, samples), rate)
    except ValueError as error:
        raise ValueError(f"{pair.target} and {pair.predicted}: {error}") from error
    return Scored(row, tuple(changes))


def read_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """Read a sound file.

    Args:
        path: WAV, FLAC, AIFF, MP3 or OGG.

    Returns:
        Samples, shape (channels, samples), and the sample rate in Hz.

    Raises:
        ValueError: it cannot be read, or holds no samples.
    """
    try:
        with AudioFile(str(path)) as file:
            sound, rate = file.read(file.frames), file.samplerate
    except (ValueError, RuntimeError, OSError) as error:
        raise ValueError(f"{path}: cannot be read as a sound file ({error})") from error
    if not sound.size:
        raise ValueError(f"{path}: the file holds no samples; render it again")
    return sound, round(rate)


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


def _sounds(folder: str | Path) -> dict[str, Path]:
    """Sound files by stem."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder")
    sounds: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() not in SUFFIXES or path.name.startswith("."):
            continue
        if path.stem in sounds:
            raise ValueError(
                f"{folder} holds {sounds[path.stem].name} and {path.name}: which of the two is "
                "meant? Remove one"
            )
        sounds[path.stem] = path
    if not sounds:
        raise FileNotFoundError(f"{folder}: no sound files ({', '.join(SUFFIXES)}) in this folder")
    return sounds


def _resampled(sound: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """The sound at another sample rate (polyphase filter)."""
    from scipy.signal import resample_poly  # slow to import, in each process, and rarely needed

    ratio = Fraction(wanted, rate)
    return resample_poly(sound, ratio.numerator, ratio.denominator, axis=1).astype(np.float32)


def _of_length(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """The sound cut, or continued with silence."""
    return np.pad(sound[:, :samples], ((0, 0), (0, max(0, samples - sound.shape[1]))))


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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
    log_to_terminal()
    scores = score_folders(
        options.targets, options.predictions, options.workers, options.allow_missing
    )
    write_table(scores, options.output)


if __name__ == "__main__":
    main()
