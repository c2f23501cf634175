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


class AdaptiveModulation(nn.Module):
    """Scales, shifts and gates of all layers from the modulation vector: GELU → Linear.

    One linear map holds every layer's rows one after the other, so that layers which share a
    modulation vector cost one matrix product.

    Args:
        d_in: size of the modulation vector.
        d_model: size of a scale, shift or gate.
        num_layers: number of layers.
        count: scales, shifts and gates of a layer.
        zero: start at 0 instead of at random.
    """

    def __init__(
        self, d_in: int, d_model: int, num_layers: int, count: int, zero: bool = False
    ) -> None:
        super().__init__()
        self.shape = (num_layers, count, d_model)
        self.linear = nn.Linear(d_in, num_layers * count * d_model)
        if zero:
            nn.init.zeros_(self.linear.weight)
            nn.init.zeros_(self.linear.bias)

    def forward(self, vector: Tensor) -> Tensor:
        """Map vectors (B, d_in), or (B, layers, d_in), to (B, layers, count, d_model)."""
        active = nn.functional.gelu(vector)
        if vector.ndim == 2:
            return self.linear(active).unflatten(1, self.shape)
        layers, count, d_model = self.shape
        weight = self.linear.weight.view(layers, count * d_model, -1)
        bias = self.linear.bias.view(layers, 1, -1)
        rows = torch.baddbmm(bias, active.transpose(0, 1), weight.mT)  # (layers, B, count d)
        return rows.transpose(0, 1).unflatten(2, (count, d_model))


class ConditionalField(nn.Module):
    """Base of vector fields: the learnt stand-in for a missing condition, checks of shapes.

    Args:
        num_params: size P of the parameter vector.
        conditioning_dim: channels C of the condition.
        num_layers: layers, each of which may have a condition of its own.
    """

    def __init__(self, num_params: int, conditioning_dim: int, num_layers: int) -> None:
        super().__init__()
        self.num_params = num_params
        self.num_layers = num_layers
        self.null_conditioning = nn.Parameter(torch.randn(conditioning_dim))

    def drop_conditioning(self, conditioning: Tensor, rate: float, generator: Generator) -> Tensor:
        """Replace whole items of a condition by the learnt null vector.

        Args:
            conditioning: shape (B, C) or (B, layers, C); all vectors of an item go together.
            rate: probability for an item, in [0, 1].
            generator: source of chance on the condition's device.

        Returns:
            The condition with dropped items, same shape.

        Raises:
            ValueError: the rate is no probability, or the shape does not fit.
        """
        if not 0 <= rate <= 1:
            raise ValueError(f"expected a dropout rate in [0, 1], got {rate}")
        self._check_conditioning(conditioning, len(conditioning))
        dropped = torch.rand(len(conditioning), generator=generator, device=conditioning.device)
        mask = (dropped < rate).view(-1, *[1] * (conditioning.ndim - 1))
        return torch.where(mask, self.null_conditioning.to(conditioning.dtype), conditioning)

    def penalty(self) -> Tensor:
        """Return what the field adds to the loss; zero unless a field has a say in it."""
        return self.null_conditioning.new_zeros(())

    def _checked(self, x: Tensor, t: Tensor, conditioning: Tensor | None) -> Tensor:
        """Check a call's shapes; return the condition, the null vector's rows where it is None."""
        if x.ndim != 2 or x.shape[1] != self.num_params or t.shape != (len(x), 1):
            raise ValueError(
                f"expected x of shape (batch, {self.num_params}) and t of shape (batch, 1), got "
                f"{tuple(x.shape)} and {tuple(t.shape)}"
            )
        if conditioning is None:
            return self.null_conditioning.expand(len(x), -1)
        self._check_conditioning(conditioning, len(x))
        return conditioning

    def _check_conditioning(self, conditioning: Tensor, batch: int) -> None:
        width = len(self.null_conditioning)
        if conditioning.shape not in ((batch, width), (batch, self.num_layers, width)):
            raise ValueError(
                f"expected conditioning of shape ({batch}, {width}), or ({batch}, "
                f"{self.num_layers}, {width}) with a vector for each layer, got "
                f"{tuple(conditioning.shape)}"
            )
