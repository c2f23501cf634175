"""Compiled inner loops of `src.metrics.audio`: framing, mel bands, transport, warping.

Spectra are handed over as float32, real and imaginary part in turn: so their loops are vectorised.
The plain references: librosa for frames and mel bands, dtw-python for warping, NumPy's cumulative
sums for transport (``tests/metrics/test_audio.py``).

References:
    H. Sakoe, S. Chiba: Dynamic programming algorithm optimization for spoken word recognition.
    IEEE Transactions on Acoustics, Speech, and Signal Processing 26 (1978).
"""

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int64]

# Sums may be reordered, so that they fill vector registers. NaN and infinity keep their meaning.
_compiled: Callable[[Any], Any] = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract", "nsz"}
)
# Here they may not: over the few bins of a band, vectors cost more than they save.
_compiled_in_order: Callable[[Any], Any] = numba.njit(
    cache=True, nogil=True, error_model="numpy", fastmath={"contract", "nsz"}
)


@_compiled
def cut_frames(sound: Floats, window: Floats, hop: int, start: int, frames: Floats) -> None:
    """Cut windowed frames centred on multiples of the hop, with zeros beyond both ends.

    Args:
        sound: shape (samples,).
        window: shape (N,).
        hop: samples between frames.
        start: number of the first frame.
        frames: written to, shape (frames, N).
    """
    count, size = frames.shape
    for t in range(count):
        origin = (start + t) * hop - size // 2
        low = min(max(0, -origin), size)
        high = max(min(size, sound.size - origin), low)
        frames[t, :low] = 0
        frames[t, high:] = 0
        # Slices, since indices that might be negative would keep the loop from being vectorised.
        piece, weight, out = sound[origin + low : origin + high], window[low:high], frames[t]
        out = out[low:high]
        for n in range(out.size):
            out[n] = weight[n] * piece[n]


@_compiled_in_order
def mel_bands(
    spectra: Floats, rising: Floats, falling: Floats, starts: Integers, mel: Floats
) -> None:
    """Mel power of spectra.

    The filters are triangles that overlap by half: a bin between two edges belongs to the rising
    side of one filter and the falling side of the one before. Each bin is visited once, for four
    frames together, whose sums stay in registers.

    Args:
        spectra: real and imaginary parts, shape (frames, 2 * bins).
        rising: weight of each bin in the filter that rises there, shape (bins,).
        falling: weight of each bin in the filter that falls there, shape (bins,).
        starts: first bin above each edge, shape (bands + 2,).
        mel: written to, shape (frames, bands).
    """
    count, bands = mel.shape
    power = np.zeros((4, rising.size), dtype=np.float32)
    p0, p1, p2, p3 = power[0], power[1], power[2], power[3]
    sums = np.empty((4, bands + 2), dtype=np.float32)
    zero = np.float32(0)
    for start in range(0, count, 4):
        frames = min(4, count - start)
        for lane in range(frames):
            spectrum, out = spectra[start + lane], power[lane]
            for k in range(out.size):
                re, im = spectrum[2 * k], spectrum[2 * k + 1]
                out[k] = re * re + im * im
        sums[:, 0] = 0
        for edge in range(bands + 1):
            up0, up1, up2, up3 = zero, zero, zero, zero
            down0, down1, down2, down3 = zero, zero, zero, zero
            for k in range(starts[edge], starts[edge + 1]):
                up, down = rising[k], falling[k]
                up0, down0 = up0 + up * p0[k], down0 + down * p0[k]
                up1, down1 = up1 + up * p1[k], down1 + down * p1[k]
                up2, down2 = up2 + up * p2[k], down2 + down * p2[k]
                up3, down3 = up3 + up * p3[k], down3 + down * p3[k]
            # Edge b closes band b - 1 and opens band b.
            sums[0, edge], sums[0, edge + 1] = sums[0, edge] + down0, up0
            sums[1, edge], sums[1, edge + 1] = sums[1, edge] + down1, up1
            sums[2, edge], sums[2, edge + 1] = sums[2, edge] + down2, up2
            sums[3, edge], sums[3, edge + 1] = sums[3, edge] + down3, up3
        for lane in range(frames):
            mel[start + lane] = sums[lane, 1 : bands + 1]


@_compiled
def mix_magnitudes(spectra: Floats, every: int, magnitudes: Floats) -> None:
    """Magnitudes of the mean of all channels.

    Args:
        spectra: real and imaginary parts, shape (channels, frames, 2 * bins).
        every: only each such frame is taken.
        magnitudes: written to, shape (frames taken or more, bins).
    """
    channels, frames, _ = spectra.shape
    scale = np.float32(1 / channels)
    for t in range(0, frames, every):
        out = magnitudes[t // every]
        for k in range(out.size):
            re, im = np.float32(0), np.float32(0)
            for channel in range(channels):
                re += spectra[channel, t, 2 * k]
                im += spectra[channel, t, 2 * k + 1]
            out[k] = scale * np.sqrt(re * re + im * im)


@_compiled
def envelope(mix: Floats, size: int, hop: int) -> NDArray[np.float64]:
    """Root mean square of frames centred on multiples of the hop, zeros beyond both ends.

    Args:
        mix: shape (samples,).
        size: samples of a frame.
        hop: samples between frames.

    Returns:
        In double precision, shape (frames,).
    """
    result = np.empty(1 + (mix.size - size % 2) // hop)
    for t in range(result.size):
        origin = t * hop - size // 2
        total = 0.0
        for value in mix[max(0, origin) : origin + size]:
            total += float(value) * float(value)
        result[t] = np.sqrt(total / size)
    return result


@_compiled
def transport(first: Floats, second: Floats, least: float) -> float:
    """Mean over frames of the 1-D Wasserstein distance of spectra, bin width 1 / bins.

    Args:
        first: magnitudes, shape (frames, bins).
        second: likewise.
        least: what a frame's sum is divided by where it is smaller.

    Returns:
        The distance, 0 to 1.
    """
    frames, bins = first.shape
    total = 0.0
    for t in range(frames):
        x_sum, y_sum = 0.0, 0.0
        for k in range(bins):
            x_sum += first[t, k]
            y_sum += second[t, k]
        x_factor, y_factor = 1 / max(x_sum, least), 1 / max(y_sum, least)
        difference = 0.0
        for k in range(bins):
            difference += first[t, k] * x_factor - second[t, k] * y_factor
            total += abs(difference)
    return total / (frames * bins)


@_compiled
def warped_distance(first: Floats, second: Floats) -> float:
    """Cost of the best warping path between two series, divided by the sum of their lengths.

    Step pattern "symmetric2": a diagonal step costs twice the local cost, the others once, and
    the first cell once. The local cost is the mean absolute difference. Only two rows of the
    matrix are held.

    Args:
        first: shape (N, values).
        second: transposed, shape (values, M), so that the inner loop is contiguous.

    Returns:
        The normalised distance.
    """
    n, values = first.shape
    m = second.shape[1]
    cost = np.empty(m, dtype=np.float32)
    above = np.full(m + 1, np.inf)
    row = np.full(m + 1, np.inf)
    for i in range(n):
        cost[:] = 0
        for value in range(values):
            x = first[i, value]
            for j in range(m):
                cost[j] += abs(x - second[value, j])
        for j in range(m):
            local = cost[j] / values
            if i == 0 and j == 0:
                row[1] = local
            else:
                row[j + 1] = min(above[j + 1] + local, row[j] + local, above[j] + 2 * local)
        above, row = row, above
        row[0] = np.inf
    return above[m] / (n + m)
