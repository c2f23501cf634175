"""k-sin and k-osc as one would write them down, slow: what ``oscillators`` is measured against.

Every sample's phase is computed on its own and each PolyBLEP branch is written out. In float64
these are the reference of the tests; in float32 they are straightforward vectorised torch, which
the benchmarks time.
"""

import math

import torch
from torch import Tensor

from src.synths.oscillators import DEFAULT_FREQUENCY_RANGE, MIN_STEP


def make_sin(
    params: Tensor, length: int, break_symmetry: float = False, dtype: torch.dtype = torch.float64
) -> Tensor:
    """Render k-sin, see ``oscillators.make_sin``; shape (..., 2k) → (..., length) of ``dtype``."""
    frequency, amplitude = params.to(dtype).chunk(2, dim=-1)
    omega = math.pi * _band(frequency, break_symmetry)  # rad/sample
    n = torch.arange(length, dtype=dtype, device=params.device)
    sines = torch.sin(omega[..., None] * n)  # (..., k, length)
    return ((amplitude[..., None] + 1) / 2 * sines).sum(dim=-2)


def make_osc(
    params: Tensor,
    length: int,
    break_symmetry: float = False,
    frequency_range: tuple[float, float] = DEFAULT_FREQUENCY_RANGE,
    dtype: torch.dtype = torch.float64,
    antialias: bool = True,
) -> Tensor:
    """Render k-osc, see ``oscillators.make_osc``; shape (..., 3k) → (..., length) of ``dtype``.

    ``antialias=False`` leaves PolyBLEP out.
    """
    parts = params.to(dtype).clamp(-1, 1).chunk(3, dim=-1)
    frequency, amplitude, waveform = (part[..., None] for part in parts)  # (..., k, 1)
    low, high = frequency_range
    omega = low + (high - low) * _band(frequency, break_symmetry, dim=-2)
    step = (omega / (2 * math.pi)).clamp(min=MIN_STEP)  # cycles/sample
    phase = (step * torch.arange(length, dtype=dtype, device=params.device)) % 1

    sine = -torch.sin(2 * math.pi * phase)
    square = torch.where(phase < 0.5, -1.0, 1.0)
    saw = 2 * phase - 1
    if antialias:
        falling = poly_blep(phase, step)
        square = square + poly_blep((phase + 0.5) % 1, step) - falling
        saw = saw - falling
    sound = (
        (-waveform).clamp(min=0) * sine
        + (1 - waveform.abs()) * square
        + waveform.clamp(min=0) * saw
    )
    return ((amplitude + 1) / 2 * sound).mean(dim=-2)


def poly_blep(phase: Tensor, step: Tensor) -> Tensor:
    """Residual of a smoothed jump from -1 to 1 at phase 0.

    Args:
        phase: in [0, 1).
        step: cycles/sample in (0, 1/2], broadcasts with phase.

    Returns:
        Same shape as phase; not 0 only within a sample of the jump.
    """
    after = phase / step
    before = (phase - 1) / step
    return torch.where(
        phase < step,
        2 * after - after**2 - 1,
        torch.where(phase > 1 - step, before**2 + 2 * before + 1, 0.0),
    )


def _band(frequency: Tensor, break_symmetry: float, dim: int = -1) -> Tensor:
    """Map [-1, 1] to [0, 1], shrunk towards the i-th of k parts; oscillators lie along dim."""
    k = frequency.shape[dim]
    shape = [1] * frequency.ndim
    shape[dim] = k
    number = torch.arange(k, dtype=frequency.dtype, device=frequency.device).view(shape)
    low = break_symmetry * number / k
    high = 1 - break_symmetry * (k - 1 - number) / k
    return low + (high - low) * (frequency + 1) / 2
