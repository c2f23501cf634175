"""Classifier-free guidance of a conditional vector field (Ho and Salimans 2022)."""

from typing import Protocol

import torch
from torch import Tensor

from src.flow.solver import Velocity


class Field(Protocol):
    """A conditional vector field."""

    @property
    def null_conditioning(self) -> Tensor:
        """Vector that stands for no condition, shape (C,)."""

    def __call__(self, x: Tensor, t: Tensor, conditioning: Tensor | None) -> Tensor:
        """Map x (B, P), t (B, 1) and conditioning (B, C) or (B, layers, C) to (B, P)."""


def guided_velocity(field: Field, conditioning: Tensor, strength: float) -> Velocity:
    r"""Turn a conditional field into the velocity that a solver integrates.

    .. math:: \tilde v(t, x) = (1 - w) v(t, x, \varnothing) + w v(t, x, c)

    Both branches go through the field as one batch of twice the size; at strength 1 the
    unconditional branch has no weight and is left out.

    Args:
        field: called as ``field(x, t, conditioning)``, with a ``null_conditioning`` parameter of
            shape (channels,) that stands for the unconditional branch.
        conditioning: one row an item, shape (batch, channels) or (batch, layers, channels).
        strength: the weight w; 1 is the plain conditional field.

    Returns:
        Function of the time (float) and the state (batch, params).
    """
    if strength == 1.0:

        def conditional(t: float, x: Tensor) -> Tensor:
            return field(x, x.new_full((x.shape[0], 1), t), conditioning)

        return conditional

    null = field.null_conditioning.to(conditioning.dtype).expand_as(conditioning)
    both = torch.cat([null, conditioning])

    def guided(t: float, x: Tensor) -> Tensor:
        times = x.new_full((2 * x.shape[0], 1), t)
        v_null, v_cond = field(torch.cat([x, x]), times, both).chunk(2)
        return torch.lerp(v_null, v_cond, strength)

    return guided
