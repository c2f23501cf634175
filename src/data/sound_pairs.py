"""Pairs of sound files: found by name, read, aligned and scored."""

import logging
import math
import multiprocessing
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from src.common.names import shown
from src.data.sound_files import SUFFIXES, read_sound_file
from src.data.sound_forms import mixed, resampled
from src.metrics.audio import is_silent, score_pair
from src.metrics.audio_names import METRICS

_CHUNK, _LISTED = 32, 10  # pairs a process is given at once; names in a message
_TRIAL_S = 0.5  # in which the first pairs tell how long one takes
_GAIN = 2.0  # times the start of a process: what several have to save before they are started
_log = logging.getLogger(__name__)


class Pair(NamedTuple):
    """Two files to compare."""

    item: str
    target: Path
    predicted: Path


class Scored(NamedTuple):
    """A row of the table, what was changed before two sounds could be compared, or why not."""

    row: dict[str, str | float | bool]
    changes: tuple[str, ...]
    problem: str = ""


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
        ValueError: a file cannot be read or is cut off, or the two cannot be compared.
    """
    (target, rate, *changed), (predicted, predicted_rate, *more) = (
        _read_whole(path) for path in (pair.target, pair.predicted)
    )
    changes = [*changed, *more]
    if predicted_rate != rate:
        changes.append("the prediction was converted to the target's sample rate")
        predicted = resampled(predicted, predicted_rate, rate)
        # Rounding of the length is no difference in length.
        if abs(predicted.shape[1] - target.shape[1]) <= 1 + rate / predicted_rate:
            predicted = _of_length(predicted, target.shape[1])
    samples = max(target.shape[1], predicted.shape[1])
    if target.shape[1] != predicted.shape[1]:
        changes.append("lengths differ, the shorter sound was continued with silence")
    if len(target) != len(predicted):
        changes.append("one sound is mono, it was repeated on the other's channels")
    if any(mixed(sound, 1)[1] for sound in (target, predicted)):
        changes.append("channels cancel out in the mono mix, which SOT and RMS compare")
    row: dict[str, str | float | bool] = {
        "item": shown(pair.item),
        "target_silent": is_silent(target),
        "predicted_silent": is_silent(predicted),
    }
    try:
        row |= score_pair(_of_length(target, samples), _of_length(predicted, samples), rate)
    except ValueError as error:
        names = " and ".join(shown(path) for path in (pair.target, pair.predicted))
        raise ValueError(f"{names}: {error}") from error
    return Scored(row, tuple(changes))


def _scored(pair: Pair) -> Scored:
    """Score a pair; where that cannot be, a row of NaN and the reason."""
    try:
        return score_files(pair)
    except (ValueError, OSError, ArithmeticError, RuntimeError, MemoryError) as error:
        text = str(error) or type(error).__name__
        names = " and ".join(shown(path) for path in (pair.target, pair.predicted))
        row: dict[str, str | float | bool] = {
            "item": shown(pair.item),
            **dict.fromkeys(METRICS, float("nan")),
            "target_silent": False,
            "predicted_silent": False,
        }
        is_named = any(shown(path) in text for path in (pair.target, pair.predicted))
        return Scored(row, (), text if is_named else f"{names}: {text}")


def _read_whole(path: Path) -> tuple[NDArray[np.float32], int, *tuple[str, ...]]:
    """Read a sound and its rate, and what was changed; refuse a file of which a part is missing."""
    file = read_sound_file(path)
    if file.is_cut:
        raise ValueError(f"{shown(path)}: {'; '.join(file.remarks)}; only whole sounds are scored")
    return file.samples, file.sample_rate, *(f"{shown(path.name)} {r}" for r in file.remarks)


def scored_pairs(pairs: list[Pair], workers: int) -> Iterator[Scored]:
    """Score pairs in order; in several processes where these gain more than their start takes.

    The first pairs tell how long one takes. A process has to do before its first pair what this one
    has done, so the computing time up to there tells what a start takes. Computing time, not the
    clock: on a machine that is busy, waiting says nothing of what is gained.

    Args:
        pairs: what to score.
        workers: processes at most.

    Yields:
        A result a pair.
    """
    yield from map(_scored, pairs[:1])  # which imports and loads more than the others
    start_s = time.process_time()
    for number, pair in enumerate(pairs[1:], start=1):
        spent_s = time.process_time() - start_s
        left_s = spent_s / number * (len(pairs) - number)
        if spent_s > _TRIAL_S and left_s * (1 - 1 / workers) > _GAIN * start_s:
            yield from scored_elsewhere(pairs[number:], workers)
            return
        yield _scored(pair)


def scored_elsewhere(pairs: list[Pair], workers: int) -> Iterator[Scored]:
    """Score pairs in other processes, in order."""
    workers = min(workers, math.ceil(len(pairs) / _CHUNK))
    _log.info("scoring %d pairs in %d processes", len(pairs), workers)
    # Spawned, not forked: forking a process that has threads may hang.
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context)
    try:
        yield from executor.map(_scored, pairs, chunksize=_CHUNK)
    finally:
        executor.shutdown(cancel_futures=True)  # after an error, the rest is not wanted


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


def _of_length(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """The sound cut, or continued with silence."""
    return np.pad(sound[:, :samples], ((0, 0), (0, max(0, samples - sound.shape[1]))))
