"""Where a sound starts in its file, behind silence, noise of a room, clicks and an offset."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NOTHING_DB = -90.0  # of full scale: the noise of 16-bit files and what is below
START_DB = -60.0  # below the loudest: what lies under it is silence
KEPT_S = 0.005  # before the start, for what a slow attack does below the threshold
_FRAME_S, _HOP_S = 0.02, 0.005
_HELD = 7  # frames: what sounds for less than 15 ms is a click
_ATTACK_DB = -10.0  # below the loudest: reached at the end of an attack
_NOISE_DB = (START_DB - 10, -12.0)  # below the loudest: between them, noise in front matters
_ABOVE_NOISE_DB = 10.0  # what is so much louder than the noise is the sound
_NOISE_FRAMES = 20  # 0.1 s, and more, tell what the noise is like
_STEADY_DB, _STEADY_SHARE, _DRIFT_DB = 6.0, 0.8, 3.0  # of noise: spread, and what may go beyond
_OFFSET_S = 0.05
_LEAST_OFFSET = 0.005  # of the sound's peak


@dataclass(frozen=True)
class Onset:
    """Where a sound starts, and what is before.

    Attributes:
        start: sample before which nothing belongs to the sound; 0 where it starts at once.
        loudest_db: of the sound, dB of full scale, over 20 ms; -inf for digital silence.
        noise_db: of steady noise in front; None where there is none to speak of.
        has_clicks: whether something louder, but shorter than 15 ms, is before the start.
    """

    start: int
    loudest_db: float
    noise_db: float | None
    has_clicks: bool


def find_onset(sound: NDArray[np.float32], sample_rate: int) -> Onset:
    """Find where the energy of a sound starts.

    Levels are those of 20 ms, without their mean, of all channels together; a level counts when it
    is held for 15 ms. The sound starts where they reach -60 dB of the loudest or, where a steady
    noise lies in front, 10 dB above that noise (half way, where the two are close). What rises from
    the start on is an attack, no noise.

    Args:
        sound: shape (channels, samples), finite.
        sample_rate: Hz.

    Returns:
        The start and the levels.
    """
    hop = max(1, round(_HOP_S * sample_rate))
    per_frame = round(_FRAME_S / _HOP_S)
    levels = _levels(sound, hop, per_frame)
    held = np.lib.stride_tricks.sliding_window_view(levels, _HELD).min(axis=1)
    loudest = float(held.max())
    if not math.isfinite(loudest):
        return Onset(0, loudest, None, bool(levels.max() > NOTHING_DB))
    attack = int((held >= loudest + _ATTACK_DB).argmax())
    noise = _noise(held[:attack], loudest)
    threshold = loudest + START_DB
    if noise is not None:
        threshold = max(threshold, noise + min(_ABOVE_NOISE_DB, (loudest - noise) / 2))
    first = int((held >= threshold).argmax())
    # Frame 0 ends with the first hop of the sound; the first that is loud ends with the onset.
    start = max(0, first * hop - round(KEPT_S * sample_rate))
    # A frame that holds the start's first hop is no click.
    return Onset(start, loudest, noise, bool((levels[: max(0, first - 1)] > threshold).any()))


def _levels(sound: NDArray[np.float32], hop: int, per_frame: int) -> NDArray[np.float64]:
    """Levels in dB of frames that end with hop 0, 1, …, each without its mean."""
    # Held values beyond both ends have no energy of their own.
    hops = -(-sound.shape[1] // hop) + 2 * per_frame + _HELD
    before = per_frame * hop - hop
    padded = np.pad(sound, ((0, 0), (before, hops * hop - before - sound.shape[1])), mode="edge")
    parts = padded.reshape(len(sound), hops, hop).astype(np.float64)
    ones = np.ones(per_frame)
    variance = np.zeros(hops - per_frame + 1)
    for sums, squares in zip(parts.sum(axis=2), np.square(parts).sum(axis=2), strict=True):
        mean = np.convolve(sums, ones, "valid") / (per_frame * hop)
        power = np.convolve(squares, ones, "valid") / (per_frame * hop)
        # What rounding leaves of a constant is no energy.
        variance += np.where(power - mean**2 > 1e-12 * power, power - mean**2, 0)
    with np.errstate(divide="ignore"):
        levels: NDArray[np.float64] = 10 * np.log10(variance / len(sound))
    return levels


def _noise(front: NDArray[np.float64], loudest: float) -> float | None:
    """Level of the noise before an attack; None where nothing steady is heard there."""
    lowest, highest = (loudest + level for level in _NOISE_DB)
    heard = front[(front > lowest) & (front <= highest)]
    if len(heard) < _NOISE_FRAMES:
        return None
    level = float(np.median(heard))
    half = len(heard) // 2
    drift = abs(float(np.median(heard[:half])) - float(np.median(heard[half:])))
    is_steady = np.mean(np.abs(heard - level) <= _STEADY_DB) >= _STEADY_SHARE
    return level if is_steady and drift <= _DRIFT_DB else None


def offset_of(sound: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Measure the constant part of a sound.

    Args:
        sound: shape (channels, samples).
        sample_rate: Hz.

    Returns:
        The median of the means of 50 ms, shape (channels, 1); 0 for channels in which it is no more
        than half a percent of the peak, as what a wave leaves of itself may be.
    """
    size = max(1, round(_OFFSET_S * sample_rate))
    count = sound.shape[1] // size
    means = sound[:, : count * size].reshape(len(sound), count, size).mean(axis=2)
    if count < 4:
        return np.zeros((len(sound), 1), np.float32)
    offset = np.median(means, axis=1, keepdims=True)
    peak = np.abs(sound - offset).max(axis=1, keepdims=True)
    return np.where(np.abs(offset) > _LEAST_OFFSET * peak, offset, 0).astype(np.float32)
