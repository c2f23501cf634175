"""Couplings: which noise vector is paired with which parameter vector.

``none`` draws them independently. ``minibatch`` is optimal transport over the batch (Tong et al.
2024; the published choice). ``permutation`` exchanges, item by item, units of the noise only. In a
conditional flow ``minibatch`` makes the noise depend on the condition during training, while
sampling draws it independently; ``permutation`` does not where the order of the label's units is
uniform, that is where the synthesizer really is symmetric.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from src.symmetry import ConditionalSymmetry, Symmetry

COUPLINGS = ("none", "minibatch", "permutation")


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


def permutation_coupling(
    noise: Tensor, params: Tensor, symmetry: Symmetry | ConditionalSymmetry
) -> Tensor:
    """Exchange, in each item, units of the noise to lie closest to the target.

    The set of noise values of an item does not change, and no item sees another one, so noise and
    condition stay independent wherever the order of the target's units carries no information.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).
        symmetry: which units may be exchanged; where that depends on a parameter, on the target's.

    Returns:
        Noise with exchanged units, shape (batch, params).

    Raises:
        ValueError: shapes do not fit.
    """
    _check_shapes(noise, params)
    return symmetry.given(params).nearest(noise, params)


def couple(
    noise: Tensor, params: Tensor, coupling: str, symmetry: Symmetry | ConditionalSymmetry
) -> Tensor:
    """Apply a coupling by name, see the module's head.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).
        coupling: one of ``COUPLINGS``.
        symmetry: which units ``permutation`` may exchange.

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
        return permutation_coupling(noise, params, symmetry)
    raise ValueError(f"unknown coupling {coupling!r}; known: {', '.join(COUPLINGS)}")


def _check_shapes(noise: Tensor, params: Tensor) -> None:
    if noise.ndim != 2 or noise.shape != params.shape:
        raise ValueError(
            "expected noise and params of one shape (batch, params), got "
            f"{tuple(noise.shape)} and {tuple(params.shape)}"
        )
