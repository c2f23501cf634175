"""Sounds given another sample rate or number of channels."""

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

_LARGEST_RATIO = 50_000  # of rates; a filter for a larger one takes more memory than sounds do
CANCELLED = "its channels cancel out when they are mixed; the loudest of them was taken alone"
_LEAST_POWER = 0.1  # of the power that unrelated channels have when they are mixed


def resampled(sound: NDArray[np.float32], rate: int, wanted: int) -> NDArray[np.float32]:
    """Convert a sound to another sample rate (polyphase filter).

    Args:
        sound: shape (channels, samples).
        rate: of the sound, Hz.
        wanted: of the result, Hz.

    Returns:
        The sound; where the ratio of rates takes large numbers, at a rate that differs from the one
        wanted by 10⁻⁵ of it at most.
    """
    if rate == wanted:
        return sound
    from scipy.signal import resample_poly  # slow to import, and rarely needed

    ratio = Fraction(min(rate, wanted), max(rate, wanted)).limit_denominator(_LARGEST_RATIO)
    if wanted > rate:
        ratio = 1 / ratio
    return resample_poly(sound, ratio.numerator, ratio.denominator, axis=1).astype(np.float32)


def mixed(sound: NDArray[np.float32], channels: int) -> tuple[NDArray[np.float32], bool]:
    """Give a sound the number of channels that is wanted.

    Args:
        sound: shape (given, samples).
        channels: wanted; one channel stands for all where more are wanted than given.

    Returns:
        Shape (channels, samples) or (1, samples), to be repeated: the sound itself, or the mean of
        its channels; its loudest channel where they cancel out. And whether they do (`CANCELLED`).
    """
    if len(sound) == channels or len(sound) == 1:
        return sound, False
    mean = sound.mean(axis=0, keepdims=True)
    power = sound.var(axis=1, dtype=np.float64)
    if not mean.var(dtype=np.float64) < _LEAST_POWER * power.sum() / len(sound) ** 2:
        return mean, False
    loudest = int(power.argmax())
    return sound[loudest : loudest + 1], True


def told_apart(first: float, second: float) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart, three at least.

    Example:
        >>> told_apart(1.0, 1.001), told_apart(1.0, 3.0)
        (('1.000', '1.001'), ('1', '3'))
    """
    for digits in range(3, 10):
        texts = f"{first:.{digits}g}", f"{second:.{digits}g}"
        if texts[0] != texts[1]:
            break
    if digits == 3:
        return texts
    places = digits - 1 - math.floor(math.log10(max(abs(first), abs(second), 1e-9)))
    return f"{first:.{max(0, places)}f}", f"{second:.{max(0, places)}f}"
