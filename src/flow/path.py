"""The straight probability path between noise and data, and the velocity along it.

Conventions: ``x_0`` is noise, ``x_1`` data, time runs from 0 to 1.
"""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class PathSample:
    """A point of the path and the velocity there.

    Attributes:
        x_t: the point, shape (batch, params).
        velocity: the derivative of the path with respect to time, shape (batch, params).
    """

    x_t: Tensor
    velocity: Tensor


def straight_path(x_0: Tensor, x_1: Tensor, t: Tensor, sigma_min: float = 0.0) -> PathSample:
    r"""Evaluate the rectified-flow path, the regression target of flow matching.

    .. math::
        x_t = (1 - (1 - \sigma_{min}) t) x_0 + t x_1, \qquad
        \dot x_t = x_1 - (1 - \sigma_{min}) x_0

    The target carries the same factor as the path, so that it is the path's derivative for every
    ``sigma_min`` (Lipman et al. 2023, eq. 22 and 23; Liu et al. 2023 for ``sigma_min`` = 0).

    Args:
        x_0: noise, shape (batch, params).
        x_1: data, shape (batch, params).
        t: times in [0, 1], shape (batch, 1).
        sigma_min: standard deviation that is left at t = 1, in [0, 1).

    Returns:
        The point and the velocity at ``t``.

    Raises:
        ValueError: shapes do not fit.
    """
    if x_0.shape != x_1.shape or t.shape != (x_0.shape[0], 1):
        raise ValueError(
            "expected x_0 and x_1 of one shape (batch, params) and t of shape (batch, 1), got "
            f"{tuple(x_0.shape)}, {tuple(x_1.shape)} and {tuple(t.shape)}"
        )
    shrink = 1.0 - sigma_min
    return PathSample(x_t=(1.0 - shrink * t) * x_0 + t * x_1, velocity=x_1 - shrink * x_0)
