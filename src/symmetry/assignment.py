"""Distances between units, and the cheapest one-to-one assignment, for whole batches."""

import itertools
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

# 5! = 120 candidate orders of an item are still cheaper to score in one go than one call of the
# Hungarian algorithm an item.
_LIST_UP_TO = 5
_CELLS_PER_BLOCK = 2**20  # 4 MiB; a training batch of 1024 with 32 units is one block


def best_assignment(cost: Tensor, *, list_small: bool = False) -> Tensor:
    """Find the cheapest one-to-one assignment of columns to rows of each matrix.

    Args:
        cost: shape (B, n, n); compared in its own precision.
        list_small: go through all orders of up to five units, which takes a batch a few calls.
            Where two orders cost the same, the one that is found may then be another one.

    Returns:
        The column of each row, int64, shape (B, n).
    """
    n = cost.shape[1]
    if list_small and n <= _LIST_UP_TO:
        orders = _all_orders(n).to(cost.device)  # (n!, n)
        totals = cost[:, torch.arange(n, device=cost.device), orders].sum(-1)  # (B, n!)
        return orders[totals.argmin(1)]
    matrices = cost.cpu().numpy()
    columns = np.empty(matrices.shape[:2], dtype=np.int64)
    for item, matrix in enumerate(matrices):
        columns[item] = linear_sum_assignment(matrix)[1]
    return torch.from_numpy(columns).to(cost.device)


def squared_distances(first: Tensor, second: Tensor) -> Tensor:
    """Squared Euclidean distances between rows, (B, n, w) and (B, m, w) -> (B, n, m).

    One column at a time, since the difference of all would need w times the memory; and by
    differences, not products, since equal rows must be at distance 0 exactly.
    """
    distances = (first[:, :, None, 0] - second[:, None, :, 0]).square()
    for p in range(1, first.shape[-1]):
        distances = distances + (first[:, :, None, p] - second[:, None, :, p]).square()
    return distances


def blocks(first: Tensor, second: Tensor, units: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Cut two batches along B so that the distances of all pairs of units stay in the cache."""
    items = max(1, _CELLS_PER_BLOCK // max(1, units) ** 2)
    return zip(first.split(items), second.split(items), strict=True)


@lru_cache
def _all_orders(n: int) -> Tensor:
    with torch.inference_mode(False):  # kept for later calls
        return torch.tensor(list(itertools.permutations(range(n))))
