"""What every vector field does with its condition: null vector, dropout, time, modulation."""

import math
from typing import Literal

import torch
from torch import Generator, Tensor, nn

TimeEncoding = Literal["sinusoidal", "scalar"]
TIME_ENCODINGS = ("sinusoidal", "scalar")
_MAX_PERIOD = 10_000.0


def sinusoidal_time(t: Tensor, d_enc: int) -> Tensor:
    """Encode times by cosines and sines of falling frequencies (Vaswani et al. 2017).

    Args:
        t: times, shape (batch, 1).
        d_enc: even size of the code.

    Returns:
        cos and sin of t · 10000^(-i / (d_enc / 2)), i = 0 … d_enc / 2 - 1, shape (batch, d_enc).
    """
    half = d_enc // 2
    exponents = torch.arange(half, device=t.device, dtype=t.dtype) / half
    angles = t * torch.exp(-math.log(_MAX_PERIOD) * exponents)
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class Conditioner(nn.Module):
    """Turn a condition and a time into the vector that modulates a field's layers.

    Args:
        conditioning_dim: channels of the condition.
        d_out: channels of the modulation vector.
        time_encoding: ``scalar`` appends t itself to the condition, ``sinusoidal`` its code.
        d_enc: size of the sinusoidal code.

    Raises:
        ValueError: unknown time encoding, or an odd ``d_enc``.
    """

    def __init__(
        self, conditioning_dim: int, d_out: int, time_encoding: TimeEncoding, d_enc: int
    ) -> None:
        super().__init__()
        if time_encoding not in TIME_ENCODINGS:
            known = ", ".join(TIME_ENCODINGS)
            raise ValueError(f"unknown time_encoding {time_encoding!r}; known: {known}")
        if time_encoding == "sinusoidal" and d_enc % 2:
            raise ValueError(f"d_enc has to be even, got {d_enc}")
        self.d_enc = d_enc if time_encoding == "sinusoidal" else 1
        self.time_encoding = time_encoding
        self.net = nn.Sequential(
            nn.Linear(conditioning_dim + self.d_enc, d_out), nn.GELU(), nn.Linear(d_out, d_out)
        )

    def forward(self, t: Tensor, conditioning: Tensor) -> Tensor:
        """Map t (B, 1) and conditioning (B, C) or (B, layers, C) to (B, …, d_out)."""
        time = t if self.time_encoding == "scalar" else sinusoidal_time(t, self.d_enc)
        if conditioning.ndim == 3:
            time = time[:, None].expand(-1, conditioning.shape[1], -1)
        return self.net(torch.cat([conditioning, time], dim=-1))


class ConditionalField(nn.Module):
    """Base of vector fields: the learnt stand-in for a missing condition.

    Args:
        conditioning_dim: channels of the condition.
    """

    def __init__(self, conditioning_dim: int) -> None:
        super().__init__()
        self.null_conditioning = nn.Parameter(torch.randn(conditioning_dim))

    def drop_conditioning(self, conditioning: Tensor, rate: float, generator: Generator) -> Tensor:
        """Replace whole items of a condition by the learnt null vector.

        Args:
            conditioning: shape (B, C) or (B, layers, C); all vectors of an item go together.
            rate: probability for an item, in [0, 1].
            generator: source of chance on the condition's device.

        Returns:
            The condition with dropped items, same shape.
        """
        dropped = torch.rand(len(conditioning), generator=generator, device=conditioning.device)
        mask = (dropped < rate).view(-1, *[1] * (conditioning.ndim - 1))
        return torch.where(mask, self.null_conditioning.to(conditioning.dtype), conditioning)

    def penalty(self) -> Tensor:
        """Return what the field adds to the loss; zero unless a field has a say in it."""
        return self.null_conditioning.new_zeros(())

    def _or_null(self, conditioning: Tensor | None, batch: int) -> Tensor:
        """Return the condition, or the null vector for each item where there is none."""
        if conditioning is None:
            return self.null_conditioning.expand(batch, -1)
        width = len(self.null_conditioning)
        if conditioning.shape[0] != batch or conditioning.shape[-1] != width:
            raise ValueError(
                f"expected conditioning of shape ({batch}, {width}) or ({batch}, layers, {width}),"
                f" got {tuple(conditioning.shape)}"
            )
        return conditioning


def check_field_input(x: Tensor, t: Tensor, num_params: int) -> None:
    """Raise ValueError unless x is (batch, num_params) and t (batch, 1)."""
    if x.ndim != 2 or x.shape[1] != num_params or t.shape != (x.shape[0], 1):
        raise ValueError(
            f"expected x of shape (batch, {num_params}) and t of shape (batch, 1), got "
            f"{tuple(x.shape)} and {tuple(t.shape)}"
        )
