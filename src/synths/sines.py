"""Sums of sines by angle addition, and how the renderers cut their work.

With n = m + j, sin(w n) = sin(w m) cos(w j) + cos(w m) sin(w j): a block of samples needs two short
tables an oscillator, and the sum over oscillators is a matrix product. The plain reference:
``src.synths.reference.make_sin``, a sine a sample.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

BLOCK = 32  # samples; tables have length / BLOCK + BLOCK entries, least near sqrt(length)
_FINE = 8  # angles between two entries of a coarse table
_CHUNK_CPU = 2**18  # values of a temporary: small enough for the cache
_CHUNK_GPU = 2**24  # values of a temporary: only bounds memory


def sum_of_sines(step: Tensor, amplitude: Tensor, length: int) -> Tensor:
    """Sum amplitude * sin(2 pi step n) over oscillators.

    Args:
        step: float64, cycles/sample, shape (B, k).
        amplitude: float64, shape (B, k).
        length: samples.

    Returns:
        Shape (B, length rounded up to whole blocks).
    """
    batch, k = step.shape
    blocks = -(-length // BLOCK)
    amplitude = amplitude.float()
    signal = amplitude.new_empty(batch, blocks, BLOCK)
    chunk = items_per_chunk(step, k * (blocks + BLOCK))
    for i in range(0, batch, chunk):
        items = slice(i, i + chunk)
        one = torch.ones_like(amplitude[items])
        cos_m, sin_m = _rotations(step[items], blocks, BLOCK, amplitude[items]).transpose(1, 2)
        cos_j, sin_j = _rotations(step[items], BLOCK, 1, one).permute(0, 2, 3, 1)
        exact_bmm(sin_m, cos_j, out=signal[items])  # (B, blocks, k) x (B, k, BLOCK)
        exact_bmm(cos_m, sin_j, out=signal[items], accumulate=True)
    return signal.view(batch, blocks * BLOCK)


def _rotations(step: Tensor, count: int, stride: int, amplitude: Tensor) -> Tensor:
    """Tabulate amplitude times cos and sin of 2 pi step n for n = 0, stride, 2 stride, ...

    Angle addition once more: every eighth angle, turned by each of the first eight.

    Args:
        step: float64, cycles/sample, shape (items, k).
        count: number of angles.
        stride: samples between two angles.
        amplitude: shape (items, k).

    Returns:
        Shape (2, count, items, k).
    """
    coarse = -(-count // _FINE)
    cos_j, sin_j = _cos_sin(step, _FINE, stride)
    cos_m, sin_m = (x.mul_(amplitude)[:, None] for x in _cos_sin(step, coarse, stride * _FINE))
    table = amplitude.new_empty(2, coarse, _FINE, *step.shape)
    torch.mul(cos_m, cos_j, out=table[0]).addcmul_(sin_m, sin_j, value=-1)
    torch.mul(sin_m, cos_j, out=table[1]).addcmul_(cos_m, sin_j)
    return table.flatten(1, 2)[:, :count]


def _cos_sin(step: Tensor, count: int, stride: int) -> tuple[Tensor, Tensor]:
    """Return cos and sin of 2 pi step n, angles reduced in float64, (count, items, k) each."""
    n = torch.arange(count, dtype=step.dtype, device=step.device).mul_(stride)
    cycles = step * n[:, None, None]
    angle = cycles.sub_(cycles.round()).float().mul_(2 * math.pi)
    return angle.cos(), angle.sin()


def items_per_chunk(step: Tensor, values_per_item: int) -> int:
    """Return how many items to work on at once."""
    values = _CHUNK_GPU if step.is_cuda else _CHUNK_CPU
    return max(1, min(step.shape[0], values // values_per_item))


def exact_bmm(a: Tensor, b: Tensor, out: Tensor, accumulate: bool = False) -> None:
    """Multiply batches of matrices into ``out``, or add to it, to float32 precision.

    In float64 where TensorFloat-32 or bfloat16 might round the factors: on a GPU, where the product
    is too small to take time, and on a CPU set to a lower matmul precision.
    """
    if (
        a.shape[-1] == 1
    ):  # an outer product, which some processors' kernels round by the batch's size
        a, b = pad(a, (0, 1)), pad(b, (0, 0, 0, 1))
    cpu_precision = torch.backends.mkldnn.matmul.fp32_precision  # type: ignore[attr-defined]
    if out.is_cuda or cpu_precision in ("tf32", "bf16"):
        product = torch.bmm(a.double(), b.double())
        out.add_(product) if accumulate else out.copy_(product)
    else:
        out.baddbmm_(a, b, beta=float(accumulate))
