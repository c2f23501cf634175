"""Couplings: which noise vector is paired with which parameter vector.

``none`` draws them independently. ``minibatch`` is optimal transport over the batch (Tong et al.
2024; the published choice). ``permutation`` reorders, item by item, the oscillator rows of the
noise only. In a conditional flow ``minibatch`` makes the noise depend on the condition during
training, while sampling draws it independently; ``permutation`` does not where the order of the
label's rows is uniform, that is in the symmetric tasks.
"""

import itertools
from functools import lru_cache

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

COUPLINGS = ("none", "minibatch", "permutation")
# 5! = 120 candidate orders of an item are still cheaper to score in one go than one call of the
# Hungarian algorithm an item.
_ENUMERATE_UP_TO = 5


def minibatch_coupling(noise: Tensor, params: Tensor) -> Tensor:
    """Reorder the noise of a batch to minimise the total Euclidean distance to the parameters.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).

    Returns:
        The same noise vectors in a new order, shape (batch, params).

    Raises:
        ValueError: the shapes differ.
    """
    _check_shapes(noise, params)
    # float64: the distance of far points loses digits in the expanded float32 product.
    cost = torch.cdist(params.double(), noise.double())
    _, columns = linear_sum_assignment(cost.cpu().numpy())
    return noise[torch.as_tensor(columns, device=noise.device)]


def permutation_coupling(noise: Tensor, params: Tensor, k: int) -> Tensor:
    """Permute, in each item, the noise's oscillator rows to lie closest to the target's rows.

    The set of noise values of an item does not change, and no item sees another one, so noise and
    condition stay independent wherever the order of the target's rows carries no information.

    Args:
        noise: shape (batch, k * params_per_token), all frequencies first.
        params: the same shape and layout.
        k: number of oscillators.

    Returns:
        Noise with permuted rows, shape (batch, k * params_per_token).

    Raises:
        ValueError: the shapes differ or are no multiple of ``k``.
    """
    _check_shapes(noise, params)
    if noise.shape[1] % k:
        raise ValueError(f"expected a number of parameters divisible by k = {k}, got {noise.shape}")
    rows = noise.unflatten(1, (-1, k))  # (B, params_per_token, k)
    target = params.unflatten(1, (-1, k))
    cost = torch.einsum("bci,bcj->bij", target, rows).neg()  # squared distance up to constants
    order = _best_orders(cost)  # (B, k): which noise row goes to place i
    return rows.gather(2, order[:, None].expand(-1, rows.shape[1], -1)).flatten(1)


def couple(noise: Tensor, params: Tensor, coupling: str, k: int) -> Tensor:
    """Apply a coupling by name, see the module's head.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).
        coupling: one of ``COUPLINGS``.
        k: number of oscillators.

    Returns:
        Coupled noise, shape (batch, params).

    Raises:
        ValueError: unknown name or shapes that do not fit.
    """
    if coupling == "none":
        return noise
    if coupling == "minibatch":
        return minibatch_coupling(noise, params)
    if coupling == "permutation":
        return permutation_coupling(noise, params, k)
    raise ValueError(f"unknown coupling {coupling!r}; known: {', '.join(COUPLINGS)}")


def _best_orders(cost: Tensor) -> Tensor:
    """Return the cheapest assignment of columns to rows for each matrix of (batch, k, k)."""
    k = cost.shape[1]
    if k <= _ENUMERATE_UP_TO:
        orders = _all_orders(k).to(cost.device)  # (k!, k)
        totals = cost[:, torch.arange(k, device=cost.device), orders].sum(-1)  # (B, k!)
        return orders[totals.argmin(1)]
    matrices = cost.cpu().numpy()
    solved = np.stack([linear_sum_assignment(matrix)[1] for matrix in matrices])
    return torch.as_tensor(solved, device=cost.device)


@lru_cache
def _all_orders(k: int) -> Tensor:
    return torch.tensor(list(itertools.permutations(range(k))))


def _check_shapes(noise: Tensor, params: Tensor) -> None:
    if noise.ndim != 2 or noise.shape != params.shape:
        raise ValueError(
            "expected noise and params of one shape (batch, params), got "
            f"{tuple(noise.shape)} and {tuple(params.shape)}"
        )
