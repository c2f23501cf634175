"""Integrated loudness of rendered sounds, by pyloudnorm.

References:
    ITU-R BS.1770-4 (2015): Algorithms to measure audio programme loudness and true-peak level.
"""

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyloudnorm import Meter

BLOCK_S = 0.4
_meter = lru_cache(maxsize=4)(Meter)  # designs its filters when made


def integrated_loudness(sound: NDArray[np.float32], sample_rate: int) -> float:
    """Measure the loudness of a whole sound; silence follows one shorter than ``BLOCK_S``.

    Args:
        sound: one or two channels, shape (channels, samples).
        sample_rate: samples per second.

    Returns:
        Loudness in LUFS; -inf where no block of the sound reaches -70 LUFS.
    """
    missing = max(0, math.ceil(BLOCK_S * sample_rate) - sound.shape[1])
    # The meter filters in the precision of its input.
    samples = np.pad(sound.T.astype(np.float64), [(0, missing), (0, 0)])
    return float(_meter(sample_rate).integrated_loudness(samples))
