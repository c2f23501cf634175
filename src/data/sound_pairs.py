"""Pairs of sound files, of a target and of a prediction, and the scores of each."""

import logging
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from src.data.sound_files import SUFFIXES, read_sound
from src.metrics.audio import is_silent, score_pair

_LISTED = 10  # names in a message
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
