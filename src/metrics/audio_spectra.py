"""Mel spectrograms and magnitude spectra of sounds with one or more channels, fast.

The values are librosa's (Slaney's mel, centred frames, zeros beyond both ends), computed in blocks
that stay in the cache and without the dense filter bank's zeros.
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from src.metrics import audio_kernels as kernels

Floats = NDArray[np.float32]

RANGE_DB = 80.0
LEAST_POWER = 1e-10
_BLOCK = 2**17  # samples transformed at once, 0.5 MiB


class Resolution(NamedTuple):
    """Frames of a spectrogram: window and hop in milliseconds, number of mel bands."""

    window_ms: float
    hop_ms: float
    bands: int = 0


class MelFilters(NamedTuple):
    """Triangular filters, half overlapping: each bin lies on two slopes at most.

    Attributes:
        rising: weight of each bin in the filter that rises there, shape (bins,).
        falling: weight of each bin in the filter that falls there, shape (bins,).
        starts: first bin at or above each edge, shape (bands + 2,); filter b rises from edge b to
            edge b + 1 and falls to edge b + 2.
    """

    rising: Floats
    falling: Floats
    starts: NDArray[np.int64]


@lru_cache(maxsize=64)
def mel_filters(sample_rate: float, size: int, bands: int) -> MelFilters:
    """Slaney's mel filter bank: triangles of equal area from 0 Hz to half the sample rate.

    Frequencies are linear up to 1 kHz (200/3 Hz a mel) and logarithmic above (27 mel for a factor
    of 6.4). A filter narrower than a bin may be empty.

    Args:
        sample_rate: Hz.
        size: length of the Fourier transform; size // 2 + 1 bins.
        bands: number of filters.

    Returns:
        The filters.
    """
    knee, step = 15.0, np.log(6.4) / 27  # 1 kHz in mel; growth above it
    top = sample_rate / 2
    top_mel = top * 3 / 200 if top < 1000 else knee + np.log(top / 1000) / step
    mel = np.linspace(0, top_mel, bands + 2)
    edges = np.where(mel < knee, mel * 200 / 3, 1000 * np.exp(step * (mel - knee)))
    bins = np.arange(size // 2 + 1) * sample_rate / size
    starts = np.searchsorted(bins, edges)
    starts[-1] = len(bins)
    # The first and the last interval have one slope only.
    height = np.concatenate([[0], 2 / (edges[2:] - edges[:-2]), [0]])
    below = np.clip(np.searchsorted(edges, bins, side="right") - 1, 0, bands)
    position = np.clip((bins - edges[below]) / np.diff(edges)[below], 0, 1)
    rising = position * height[below + 1]
    falling = (1 - position) * height[below]
    return MelFilters(rising.astype(np.float32), falling.astype(np.float32), starts)


@lru_cache(maxsize=64)
def _hann(size: int) -> Floats:
    """Periodic Hann window."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def frame_sizes(resolution: Resolution, sample_rate: float) -> tuple[int, int]:
    """Window and hop in samples."""
    window = int(resolution.window_ms * sample_rate / 1000)
    hop = int(resolution.hop_ms * sample_rate / 1000)
    if hop < 1:
        raise ValueError(
            f"sample rate {sample_rate} Hz: a hop of {resolution.hop_ms} ms is less than a sample; "
            "the rate has to be given in Hz"
        )
    return window, hop


def spectrogram(
    sound: Floats, resolution: Resolution, sample_rate: float, mix_every: int = 0
) -> tuple[Floats, Floats]:
    """Mel power of each channel; magnitudes of the mono mix.

    Args:
        sound: shape (channels, samples).
        resolution: of the frames.
        sample_rate: Hz.
        mix_every: the mix is wanted for each such frame; 0: for none.

    Returns:
        Mel power, shape (channels, frames, bands), and magnitudes, shape (mix frames, bins).
    """
    channels, samples = sound.shape
    size, hop = frame_sizes(resolution, sample_rate)
    frames = 1 + (samples - size % 2) // hop
    filters = mel_filters(sample_rate, size, resolution.bands)
    mel = np.zeros((channels, frames, resolution.bands), dtype=np.float32)
    mix_frames = -(-frames // mix_every) if mix_every else 0
    mix = np.zeros((mix_frames, size // 2 + 1), dtype=np.float32)
    first, last = _sounding(sound, size, hop, frames)
    first -= first % max(1, mix_every)
    block = min(max(1, _BLOCK // (size * channels)), frames)
    block += -block % max(1, mix_every)
    buffer = np.empty((channels, block, size), dtype=np.float32)
    for start in range(first, last, block):
        stop = min(start + block, last)
        cut = buffer[:, : stop - start]
        for channel in range(channels):
            kernels.cut_frames(sound[channel], _hann(size), hop, start, cut[channel])
        spectra = scipy.fft.rfft(cut).view(np.float32)
        for channel in range(channels):
            kernels.mel_bands(spectra[channel], *filters, mel[channel, start:stop])
        if mix_every:
            kernels.mix_magnitudes(spectra, mix_every, mix[start // mix_every :])
    return mel, mix


def _sounding(sound: Floats, size: int, hop: int, frames: int) -> tuple[int, int]:
    """Range of the frames that see a sample other than 0; notes leave much of a sound silent."""
    samples = np.flatnonzero(np.any(sound != 0, axis=0))
    if not samples.size:
        return 0, 0
    first = (int(samples[0]) - size + size // 2) // hop + 1
    last = (int(samples[-1]) + size // 2) // hop + 1
    return min(max(0, first), frames), min(last, frames)


def decibels(power: Floats, relative: bool) -> Floats:
    """Power in dB.

    Args:
        power: any shape; less than 1e-10 counts as that.
        relative: to the largest value, instead of 1.

    Returns:
        Level in dB, same shape, at most 80 dB below the largest.
    """
    largest = max(float(power.max()), LEAST_POWER)
    level = np.log(np.maximum(power, np.float32(LEAST_POWER)))  # faster than the decadic one
    if relative:
        level -= np.log(np.float32(largest))
    level *= np.float32(10 / np.log(10))
    return np.maximum(level, level.max() - np.float32(RANGE_DB), out=level)
