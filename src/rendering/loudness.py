"""Integrated loudness, as pyloudnorm measures it, at a third of the time.

References:
    ITU-R BS.1770-4 (2015): Algorithms to measure audio programme loudness and true-peak level.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import sosfilt

BLOCK_S = 0.4
_STEP = 0.25  # of a block
_OFFSET_DB = -0.691
_ABSOLUTE_GATE = -70.0  # LUFS
_RELATIVE_GATE = -10.0  # LU


def integrated_loudness(sound: NDArray[np.float32], sample_rate: int) -> float:
    """Measure the loudness of a whole sound.

    Args:
        sound: one or two channels, shape (channels, samples), ``BLOCK_S`` or longer.
        sample_rate: samples per second.

    Returns:
        Loudness in LUFS; -inf where no block of the sound reaches -70 LUFS.
    """
    weighted = sosfilt(_weighting(sample_rate), sound.astype(np.float64), axis=1)
    energy = np.concatenate([[0.0], np.cumsum(np.einsum("cs,cs->s", weighted, weighted))])
    seconds = sound.shape[1] / sample_rate
    starts = _STEP * np.arange(round((seconds - BLOCK_S) / (BLOCK_S * _STEP)) + 1)  # blocks
    low = (BLOCK_S * starts * sample_rate).astype(int)
    high = np.minimum((BLOCK_S * (starts + 1) * sample_rate).astype(int), sound.shape[1])
    power = (energy[high] - energy[low]) / (BLOCK_S * sample_rate)
    power = power[_level(power) >= _ABSOLUTE_GATE]
    if not power.size:
        return float("-inf")
    gate = _level(power.mean()) + _RELATIVE_GATE
    return float(_level(power[_level(power) > gate].mean()))


def _level(power: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):  # silence is -inf
        return _OFFSET_DB + 10 * np.log10(power)


@lru_cache(maxsize=4)
def _weighting(sample_rate: int) -> NDArray[np.float64]:
    """Second-order sections of the K-weighting: a shelf of 4 dB above 1.5 kHz, less below 38 Hz."""
    gain, root = 10 ** (4 / 40), 10 ** (4 / 80)
    angle = 2 * np.pi * 1500 / sample_rate
    cos, alpha = np.cos(angle), np.sin(angle) / np.sqrt(2)
    up, down = gain + 1, gain - 1
    shelf = [
        gain * (up + down * cos + 2 * root * alpha),
        -2 * gain * (down + up * cos),
        gain * (up + down * cos - 2 * root * alpha),
        up - down * cos + 2 * root * alpha,
        2 * (down - up * cos),
        up - down * cos - 2 * root * alpha,
    ]
    angle = 2 * np.pi * 38 / sample_rate
    cos, alpha = np.cos(angle), np.sin(angle)
    high_pass = [(1 + cos) / 2, -(1 + cos), (1 + cos) / 2, 1 + alpha, -2 * cos, 1 - alpha]
    sections = np.array([shelf, high_pass])
    return sections / sections[:, 3:4]
