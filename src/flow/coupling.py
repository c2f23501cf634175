"""Couplings: which noise vector is paired with which parameter vector.

``none`` draws them independently. ``minibatch`` is optimal transport over the batch (Tong et al.
2024; the published choice). ``permutation`` exchanges, item by item, units of the noise only. In a
conditional flow ``minibatch`` makes the noise depend on the condition during training, while
sampling draws it independently; ``permutation`` does not where the order of the label's units is
uniform, that is where the synthesizer really is symmetric. ``c2ot`` (Cheng & Schwing 2025) is the
transport of ``minibatch`` with a price on moving noise to a sound unlike the one that it was drawn
with, so that noise given the sound stays closer to the prior.
"""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from src.symmetry import ConditionalSymmetry, Symmetry

_SAME = 1e-6  # distance of conditions, relative to their norm, that counts as none
COUPLINGS = ("none", "minibatch", "permutation", "c2ot")


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
    return _transported(noise, _distances(params, noise))


def conditional_coupling(noise: Tensor, params: Tensor, condition: Tensor, weight: float) -> Tensor:
    r"""Reorder the noise of a batch as `minibatch_coupling`, but rather among like conditions.

    Noise i is drawn with item i, and so carries its condition. Moving it to item j costs

    .. math:: d(x_j, z_i) + w\, \frac{\bar d}{\bar c}\, d(c_j, c_i)

    with d the Euclidean distance, and the means over all pairs of the batch of the first distance
    and of the second one, which make the weight a number without unit: at 1 both terms are equally
    large on average. At 0 this is `minibatch_coupling`, exactly. The larger the weight, the less
    the noise given the condition departs from the prior: among finitely many conditions no
    dependence is left in the end, and where all conditions differ no noise is moved. For k-osc at
    k = 4 in batches of 64, half of the noise is moved at 0.3, nearly all at 0.1, next to none at
    0.5.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).
        condition: what the field is conditioned on, of any shape (batch, ...).
        weight: of the conditions' distance, at least 0.

    Returns:
        The same noise vectors in a new order, shape (batch, params).

    Raises:
        ValueError: the shapes differ, or the weight is below 0.

    References:
        H. K. Cheng, A. Schwing: The curse of conditions: analyzing and improving optimal transport
        for conditional flow-based generation. arXiv 2503.10636 (2025). There the distances between
        noise and data are squared, and the weight is searched for in every batch.
    """
    _check_shapes(noise, params)
    if len(condition) != len(params):
        raise ValueError(f"expected {len(params)} conditions, one an item, got {len(condition)}")
    if not weight >= 0:
        raise ValueError(f"condition_weight: expected a number of at least 0, got {weight}")
    cost = _distances(params, noise)
    conditions = condition.flatten(1).double()
    apart = _distances(conditions, conditions)
    # The expanded product leaves a little between equal conditions, which a weight would magnify.
    apart[apart < _SAME * conditions.norm(dim=1).max()] = 0
    if weight > 0 and apart.any():
        cost = cost + weight * cost.mean() / apart.mean() * apart
    return _transported(noise, cost)


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
    noise: Tensor,
    params: Tensor,
    coupling: str,
    symmetry: Symmetry | ConditionalSymmetry,
    condition: Tensor | None = None,
    condition_weight: float = 0.3,
) -> Tensor:
    """Apply a coupling by name, see the module's head.

    Args:
        noise: shape (batch, params).
        params: shape (batch, params).
        coupling: one of ``COUPLINGS``.
        symmetry: which units ``permutation`` may exchange.
        condition: of each item, shape (batch, ...); ``c2ot`` needs it.
        condition_weight: of the conditions' distance in ``c2ot``, see `conditional_coupling`.

    Returns:
        Coupled noise, shape (batch, params).

    Raises:
        ValueError: unknown name, shapes that do not fit, or no condition where one is needed.
    """
    if coupling == "none":
        return noise
    if coupling == "minibatch":
        return minibatch_coupling(noise, params)
    if coupling == "permutation":
        return permutation_coupling(noise, params, symmetry)
    if coupling == "c2ot":
        if condition is None:
            raise ValueError("coupling 'c2ot' needs the condition of every item, got none")
        return conditional_coupling(noise, params, condition, condition_weight)
    raise ValueError(f"unknown coupling {coupling!r}; known: {', '.join(COUPLINGS)}")


def _distances(a: Tensor, b: Tensor) -> Tensor:
    """Return Euclidean distances of the rows, float64, shape (rows of a, rows of b)."""
    # float64: the distance of far points loses digits in the expanded float32 product.
    return torch.cdist(a.double(), b.double())


def _transported(noise: Tensor, cost: Tensor) -> Tensor:
    """Bring noise into the order of least total cost, an item a row and its noise a column."""
    _, columns = linear_sum_assignment(cost.cpu().numpy())
    return noise[torch.as_tensor(columns, device=noise.device)]


def _check_shapes(noise: Tensor, params: Tensor) -> None:
    if noise.ndim != 2 or noise.shape != params.shape:
        raise ValueError(
            "expected noise and params of one shape (batch, params), got "
            f"{tuple(noise.shape)} and {tuple(params.shape)}"
        )
