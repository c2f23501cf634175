"""The order in which an epoch visits rows that are read as blocks.

Blocks of neighbouring rows are shuffled, several of them in a row make a pool, and the rows of a
pool are shuffled. All of it is a function of (seed, epoch).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True)
class Plan:
    """Which rows a shuffled epoch's pools and batches hold.

    Attributes:
        rows: of the split.
        block_rows: neighbouring rows that stay together.
        pool_rows: rows of a pool, a multiple of the batch size.
        seed: of the order.
    """

    rows: int
    block_rows: int
    pool_rows: int
    seed: int

    @property
    def pools(self) -> int:
        """Number of pools of an epoch."""
        return -(-self.rows // self.pool_rows)

    def runs(self, epoch: int, pool: int) -> list[tuple[int, int]]:
        """List (first row, row after the last one) of what a pool reads, in order."""
        starts, ends = _block_order(self, epoch)
        low, high = pool * self.pool_rows, min((pool + 1) * self.pool_rows, self.rows)
        first, last = np.searchsorted(ends, [low, high - 1], side="right")
        runs = []
        for block in range(first, last + 1):
            length = ends[block] - (ends[block - 1] if block else 0)
            before = ends[block] - length  # rows of the epoch that come before this block
            cut, kept = max(low - before, 0), min(high - before, length)
            runs.append((int(starts[block] + cut), int(starts[block] + kept)))
        return runs

    def order(self, epoch: int, pool: int) -> Tensor:
        """Return the order of rows within a pool, int64; do not write to it."""
        return _pool_order(self, epoch, pool)


def _generator(seed: int, epoch: int, use: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence([seed % 2**64, epoch, use]))


@lru_cache(maxsize=4)
def _block_order(plan: Plan, epoch: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each block's first row, and how many rows of the epoch its end completes."""
    starts = np.arange(0, plan.rows, plan.block_rows)
    starts = _generator(plan.seed, epoch, 0).permutation(starts)
    lengths = np.minimum(plan.block_rows, plan.rows - starts)
    return starts, lengths.cumsum()


@lru_cache(maxsize=4)
def _pool_order(plan: Plan, epoch: int, pool: int) -> Tensor:
    size = min((pool + 1) * plan.pool_rows, plan.rows) - pool * plan.pool_rows
    return torch.from_numpy(_generator(plan.seed, epoch, 1 + pool).permutation(size))
