"""Sounds of a page: brought to one loudness, written as FLAC, drawn as small spectrograms."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from src.common.files import atomic_path
from src.data.sound_files import write_audio
from src.rendering.loudness import integrated_loudness
from src.rendering.spectrogram import RANGE_DB, shown_level

Sound = NDArray[np.float32]

LOUDNESS = -18.0  # LUFS, where peaks leave room for it
_LEAST = -36.0  # LUFS; an item is not made quieter than this for the sake of one peaky version
_PEAK = -1.0  # dB of full scale that no sample exceeds, so that 16 bits do not clip
_BANDS = 128  # of the picture of silence
_COLORS = "magma"  # as in the figures; dark to light
_AUDIBLE_DB = -40.0  # below a sound's maximum: what alternative texts call sound


@dataclass(frozen=True)
class Gain:
    """What was done to a version's level.

    Attributes:
        loudness: before, in LUFS; None for silence.
        gain_db: by which it was amplified.
        short_db: how much quieter than the item's level it had to stay, not to clip.
    """

    loudness: float | None
    gain_db: float
    short_db: float


def match_loudness(sounds: Mapping[str, Sound], sample_rate: int) -> tuple[float, dict[str, Gain]]:
    """Find gains that bring all versions of an item to one loudness.

    The level is ``LOUDNESS``, or as much lower as the peaks of a version ask for, but not below
    -36 LUFS: what would clip even there stays quieter than the rest, which ``short_db`` tells.

    Args:
        sounds: by version, shape (channels, samples).
        sample_rate: samples per second.

    Returns:
        The item's level in LUFS, and a gain a version; silence is left as it is.
    """
    loudness = {name: loudness_of(sound, sample_rate) for name, sound in sounds.items()}
    room = {name: _PEAK - _decibels(float(np.abs(sound).max())) for name, sound in sounds.items()}
    heard = {name: value for name, value in loudness.items() if value is not None}
    highest = [value + room[name] for name, value in heard.items()]
    level = max(_LEAST, min([LOUDNESS, *highest]))
    gains = {}
    for name, value in loudness.items():
        if value is None:
            gains[name] = Gain(None, 0.0, 0.0)
            continue
        gain = min(level - value, room[name])
        gains[name] = Gain(value, gain, level - value - gain)
    return level, gains


def loudness_of(sound: Sound, sample_rate: int) -> float | None:
    """Measure loudness in LUFS; None where no part of the sound reaches -70 LUFS."""
    value = integrated_loudness(sound, sample_rate)
    return value if np.isfinite(value) else None


def write_flac(path: Path, sound: Sound, sample_rate: int, gain_db: float) -> None:
    """Write a sound, amplified, as FLAC of 16 bits."""
    with atomic_path(path) as temporary:
        write_audio(temporary, sound * 10 ** (gain_db / 20), sample_rate, "flac", 16)


def spectrogram_of(sound: Sound, sample_rate: int) -> NDArray[np.float32] | None:
    """Compute the log-mel spectrogram, as models see it; of several channels, their mean power.

    Returns:
        Decibels in [-80, 0], shape (bands, frames), low bands first; None for silence.
    """
    if loudness_of(sound, sample_rate) is None:
        return None
    return shown_level(sound, sample_rate)


def write_picture(path: Path, decibels: NDArray[np.float32] | None) -> None:
    """Write a spectrogram as PNG, a pixel a value; black for silence."""
    if decibels is None:
        decibels = np.full((_BANDS, _BANDS), -RANGE_DB, dtype=np.float32)
    levels = np.round(255 * (1 + decibels[::-1] / RANGE_DB)).clip(0, 255).astype(np.uint8)
    colors = matplotlib.colormaps[_COLORS](np.arange(256))[:, :3]
    image = Image.fromarray(levels)
    image.putpalette(np.round(255 * colors).astype(np.uint8).tobytes())
    with atomic_path(path) as temporary:
        image.save(temporary, format="PNG", optimize=True)


def describe(decibels: NDArray[np.float32] | None, duration_s: float, sample_rate: int) -> str:
    """Say in words what a spectrogram shows, for those who do not see it.

    Args:
        decibels: shape (bands, frames), see ``spectrogram_of``.
        duration_s: length of the sound in seconds.
        sample_rate: samples per second.

    Returns:
        When the sound is heard, and at which frequency it is strongest.
    """
    if decibels is None:
        return "silence"
    power = 10 ** (decibels.astype(np.float64) / 10)
    level = 10 * np.log10(power.sum(axis=0) / power.sum(axis=0).max())
    frames = np.flatnonzero(level > _AUDIBLE_DB)
    step = duration_s / max(1, len(level) - 1)
    hertz = _band_frequency(int(power.sum(axis=1).argmax()), len(decibels), sample_rate)
    return (
        f"sound from {frames[0] * step:.2f} to {frames[-1] * step:.2f} seconds, strongest near "
        f"{_rounded(hertz)} hertz"
    )


def _band_frequency(band: int, bands: int, sample_rate: int) -> float:
    """Frequency of a band's centre in Hz (Slaney's mel scale)."""
    from librosa import hz_to_mel, mel_to_hz  # imports numba: seconds that others can spare

    return float(mel_to_hz((band + 1) / (bands + 1) * hz_to_mel(sample_rate / 2)))


def _rounded(hertz: float) -> int:
    """Two digits, as many as a band of the spectrogram tells."""
    digits = max(0, int(np.floor(np.log10(max(hertz, 1.0)))) - 1)
    return int(round(hertz / 10**digits) * 10**digits)


def _decibels(amplitude: float) -> float:
    return 20 * float(np.log10(max(amplitude, 1e-10)))
