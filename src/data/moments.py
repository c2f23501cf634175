"""Mean and sum of squared deviations of rows that come in blocks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

# Squares may be added with one rounding less; NaN and infinity keep their meaning.
_compiled: Callable[[Any], Any] = numba.njit(cache=True, nogil=True, fastmath={"contract"})
_TILE = 1024  # bins whose sums stay in the first cache while the rows go by


@_compiled
def _add_rows(
    rows: NDArray[np.float32],
    shift: NDArray[np.float64],
    sums: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> None:
    """Add rows (n, D), less a shift (D,), to sums and sums of squares (D,)."""
    for low in range(0, rows.shape[1], _TILE):
        bins = slice(low, low + _TILE)
        a, first, second = shift[bins], sums[bins], squares[bins]
        for row in range(rows.shape[0]):
            values = rows[row, bins]
            for j in range(values.size):
                deviation = values[j] - a[j]
                first[j] += deviation
                second[j] += deviation * deviation


class Moments:
    """Mean and variance of each bin over the rows added so far, in float64.

    Blocks are merged by Chan's formulae, so that their sizes do not matter, and a bin that never
    changes has a variance of exactly 0.

    Args:
        shape: of a row.

    References:
        T. F. Chan, G. H. Golub, R. J. LeVeque: Algorithms for computing the sample variance:
        analysis and recommendations. The American Statistician 37 (1983).
    """

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.shape = shape
        self.count = 0
        self._mean = np.zeros(int(np.prod(shape)))
        self._squares = np.zeros_like(self._mean)

    def add(self, block: Tensor) -> int | None:
        """Merge a block.

        Args:
            block: float16 or float32, shape (n, *shape).

        Returns:
            The first row with a value that is not finite, with nothing merged then; None where
            all are finite.
        """
        n, total = len(block), self.count + len(block)
        rows = block.reshape(n, -1).float()
        shift = rows[0].double().numpy()
        sums, squares = np.zeros_like(shift), np.zeros_like(shift)
        _add_rows(rows.numpy(), shift, sums, squares)
        if not np.isfinite(sums).all():
            return int((~torch.isfinite(rows).all(dim=1)).nonzero()[0])
        offset = sums / n
        change = shift + offset - self._mean
        self._mean += change * (n / total)
        self._squares += squares - offset * sums + change**2 * (self.count * n / total)
        self.count = total
        return None

    def result(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and standard deviation of the population, float32, of the rows' shape."""
        deviation = np.sqrt(np.maximum(self._squares, 0) / self.count)
        return (
            self._mean.astype(np.float32).reshape(self.shape),
            deviation.astype(np.float32).reshape(self.shape),
        )
