"""k-sin and k-osc: sums of k oscillators, rendered a whole batch at a time (paper, section 4.1).

Sines come from short tables, see ``sines``. Square and sawtooth: with x the phase in half cycles
and e = x - round(x), the signed distance to the nearest multiple of a half cycle, both waveforms
are polynomials in e and a clamped multiple of it, without branches. Items are worked on in chunks
whose temporaries stay in the cache.

Phases at block starts are float64; within a block float32 holds them to a part in 10^6 of a
sample. Everything is a function of the item alone: the batch size does not change a bit. The plain
reference: ``src.synths.reference``.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from src.synths.sines import BLOCK, exact_bmm, items_per_chunk, sum_of_sines

SAMPLE_RATE_HZ = 44_100
# rad/sample; the published code's 20 to 4000 Hz (the paper's text says [0, pi])
DEFAULT_FREQUENCY_RANGE = (
    2 * math.pi * 20 / SAMPLE_RATE_HZ,
    2 * math.pi * 4000 / SAMPLE_RATE_HZ,
)
# cycles/sample; stands for 0, where PolyBLEP would divide by it: the limit of low frequencies
MIN_STEP = 1e-9


@torch.no_grad()
def make_sin(params: Tensor, length: int, break_symmetry: float = False) -> Tensor:
    """Render k-sin: the sum of k sines of frequency pi f rad/sample and amplitude (a + 1)/2.

    Args:
        params: nominally in [-1, 1], not clamped; all frequencies, then all amplitudes, shape
            (..., 2k). f is (p + 1)/2, or (i + (p + 1)/2)/k for oscillator i if the symmetry is
            broken.
        length: number of samples.
        break_symmetry: give each oscillator its own band of the frequency range; a number in
            between, how far its band has shrunk from the whole range (0, false) to its own
            (1, true).

    Returns:
        Signals, not differentiable, shape (..., length).

    Raises:
        ValueError: the parameters are no multiple of 2, length is not positive, or the strength
            lies beyond [0, 1].
    """
    frequency, amplitude = _split(params, 2, length)
    step = _place(frequency, break_symmetry) / 2  # cycles/sample, (B, k)
    signal = sum_of_sines(step, (amplitude + 1) / 2, length)
    return signal[:, :length].reshape(*params.shape[:-1], length)


@torch.no_grad()
def make_osc(
    params: Tensor,
    length: int,
    break_symmetry: float = False,
    frequency_range: Sequence[float] = DEFAULT_FREQUENCY_RANGE,
) -> Tensor:
    """Render k-osc: the mean of k oscillators that blend sine, square and sawtooth.

    An oscillator of waveform w is max(-w, 0) sine + (1 - |w|) square + max(w, 0) sawtooth, times
    (a + 1)/2. The phase starts at 0, the sine is negative, and each jump of square and sawtooth is
    smoothed over two samples by PolyBLEP.

    Args:
        params: clamped to [-1, 1]; all frequencies, all amplitudes, all waveforms, shape (..., 3k).
        length: number of samples.
        break_symmetry: give each oscillator its own band of the frequency range; a number in
            between, how far its band has shrunk from the whole range (0, false) to its own
            (1, true).
        frequency_range: lowest and highest frequency, rad/sample in [0, pi].

    Returns:
        Signals in [-1, 1], not differentiable, shape (..., length).

    Raises:
        ValueError: the parameters are no multiple of 3, length is not positive, the strength lies
            beyond [0, 1], or the frequency range is not ascending in [0, pi].

    References:
        V. Valimaki, J. Pekonen, J. Nam: Perceptually informed synthesis of bandlimited classical
        waveforms using integrated polynomial interpolation. JASA 131 (2012).
    """
    low, high = check_frequency_range(frequency_range)
    frequency, amplitude, waveform = (part.clamp(-1, 1) for part in _split(params, 3, length))
    omega = low + (high - low) * _place(frequency, break_symmetry)
    step = (omega / (2 * math.pi)).clamp(min=MIN_STEP)  # cycles/sample, (B, k)
    gain = (amplitude + 1) / (2 * step.shape[1])
    signal = sum_of_sines(step, -gain * (-waveform).clamp(min=0), length)
    _add_square_and_saw(
        signal, step, gain * (1 - waveform.abs()), gain * waveform.clamp(min=0), high > math.pi / 2
    )
    return signal[:, :length].reshape(*params.shape[:-1], length)


def check_frequency_range(frequency_range: Sequence[float]) -> tuple[float, float]:
    """Return (low, high) in rad/sample; raise ValueError unless 0 <= low < high <= pi."""
    low, high = (float(value) for value in frequency_range)
    if not 0 <= low < high <= math.pi:
        raise ValueError(
            f"frequency_range: expected 0 <= low < high <= pi rad/sample, got ({low}, {high})"
        )
    return low, high


def _split(params: Tensor, parts: int, length: int) -> tuple[Tensor, ...]:
    """Flatten the leading axes and split into (B, k) parts, float64."""
    if params.ndim == 0 or params.shape[-1] == 0 or params.shape[-1] % parts:
        raise ValueError(f"params: expected shape (..., {parts}k), got {tuple(params.shape)}")
    if length < 1:
        raise ValueError(f"length: expected at least 1 sample, got {length}")
    rows = params.reshape(math.prod(params.shape[:-1]), params.shape[-1])
    return rows.double().chunk(parts, dim=-1)


def check_strength(strength: float) -> float:
    """Return how far the symmetry is broken; raise ValueError unless it lies in [0, 1]."""
    if not 0 <= strength <= 1:
        raise ValueError(f"break_strength: expected a number from 0 to 1, got {strength}")
    return float(strength)


def _place(frequency: Tensor, break_symmetry: float) -> Tensor:
    """Map frequencies (B, k) in [-1, 1] into bands of [0, 1]: all of it, to k disjoint parts."""
    strength = check_strength(break_symmetry)
    position = (frequency + 1) / 2
    if strength == 0:
        return position
    k = frequency.shape[1]
    in_own_band = (torch.arange(k, device=frequency.device) + position) / k
    return (1 - strength) * position + strength * in_own_band


def _add_square_and_saw(
    signal: Tensor, step: Tensor, square: Tensor, saw: Tensor, above_quarter: bool
) -> None:
    """Add PolyBLEP square and sawtooth waves to the signal, in place.

    With e as in the module's head, s = +1 near multiples of a cycle and -1 near odd half cycles,
    d = e / (2 step) the distance to the nearest jump in samples and q = clamp(d, -1, 1)(2 - |.|):

        square = -s q,    sawtooth = e - (1 + s)/2 q.

    Above a quarter cycle a sample the next jump, at |e| - 1 on the other side and of opposite s, is
    less than a sample away, too, and adds its own PolyBLEP residual r = sign(e) relu(1 - |d'|)^2.

    Args:
        signal: shape (B, samples), whole blocks.
        step: float64 in (0, 1/2], cycles/sample, shape (B, k).
        square: float64 gains, shape (B, k).
        saw: float64 gains, shape (B, k).
        above_quarter: whether a step may exceed 1/4.
    """
    batch, k = step.shape
    blocks = signal.shape[1] // BLOCK
    n = torch.arange(BLOCK, dtype=step.dtype, device=step.device)
    starts = torch.arange(blocks, dtype=step.dtype, device=step.device) * BLOCK
    # of the features e, q/2 and -s q/8
    gains = torch.stack([saw, -saw, 4 * saw + 8 * square], dim=1).float().view(batch, 1, 3 * k)
    samples = (0.5 / step).float()[..., None, None]  # per half cycle
    chunk = items_per_chunk(step, k * signal.shape[1])
    workspace = signal.new_empty(chunk, 4, k, blocks, BLOCK)
    for i in range(0, batch, chunk):
        items = slice(i, min(i + chunk, batch))
        work = workspace[: items.stop - i]
        half_cycles = 2 * step[items, :, None]
        start = half_cycles * starts
        passed = start.round()
        _fill_features(
            work,
            start=(start - passed).float()[..., None],
            parity=(passed / 2).frac().float()[..., None],
            elapsed=(half_cycles * n).float()[:, :, None],
            samples=samples[items],
            above_quarter=above_quarter,
        )
        features = work[:, :3].view(items.stop - i, 3 * k, signal.shape[1])
        exact_bmm(gains[items], features, out=signal[items, None], accumulate=True)


def _fill_features(
    work: Tensor,
    start: Tensor,
    parity: Tensor,
    elapsed: Tensor,
    samples: Tensor,
    above_quarter: bool,
) -> None:
    """Write e, q/2 and -s q/8 of ``_add_square_and_saw`` into the workspace.

    Args:
        work: shape (items, 4, k, blocks, BLOCK); the last of 4 is for intermediate values.
        start: e at the blocks' first samples, shape (items, k, blocks, 1).
        parity: 0 there where s = 1, 1/2 where s = -1, same shape.
        elapsed: half cycles since the block's start, shape (items, k, 1, BLOCK).
        samples: samples per half cycle, shape (items, k, 1, 1).
        above_quarter: see ``_add_square_and_saw``.
    """
    e, q, sq, x = work.unbind(1)
    torch.add(start, elapsed, out=x)
    torch.round(x, out=sq)
    torch.sub(x, sq, out=e)
    torch.add(parity, sq, alpha=0.5, out=sq).frac_().sub_(0.25)  # -s/4
    torch.mul(e, samples, out=x).clamp_(-1, 1)
    torch.abs(x, out=q)
    torch.addcmul(x, x, q, value=-0.5, out=q)
    if above_quarter:
        torch.abs(e, out=x).mul_(samples).add_(1 - samples).relu_().square_().mul_(0.5)
        torch.copysign(x, e, out=x)  # r/2: of the sign of q, but of the other jump's s
        sq.mul_(q - x)
        q.add_(x)
    else:
        sq.mul_(q)
