"""The mel spectrogram that models see: in decibels relative to the sound's own maximum."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft
from scipy.signal import get_window

_LEAST_POWER = 1e-10
RANGE_DB = 80.0
_BLOCK = 64  # frames at a time, so that what is between sound and bands stays in the cache


@dataclass(frozen=True)
class MelSettings:
    """Resolution of the spectrogram.

    Attributes:
        sample_rate: of the sound, samples per second.
        bands: number of Slaney mel bands.
        window_s: length of the Hamming window, seconds; truncated to whole samples.
        frames_per_second: frames per second; the hop is truncated to whole samples.
    """

    sample_rate: int
    bands: int = 128
    window_s: float = 0.025
    frames_per_second: int = 100

    @property
    def window(self) -> int:
        """Length of the window in samples."""
        return int(self.window_s * self.sample_rate)

    @property
    def hop(self) -> int:
        """Distance of frames in samples."""
        return self.sample_rate // self.frames_per_second

    def shape(self, channels: int, samples: int) -> tuple[int, int, int]:
        """Return the shape (channels, bands, frames) of a sound's spectrogram."""
        return channels, self.bands, 1 + samples // self.hop


def mel_spectrogram(sound: NDArray[np.float32], settings: MelSettings) -> NDArray[np.float32]:
    """Compute the spectrogram; the sound's level is not in it.

    As librosa's ``melspectrogram`` (centred frames, zeros outside the sound) and ``power_to_db``
    relative to the maximum over all channels, 80 dB deep (paper, section 5.1).

    Args:
        sound: shape (channels, samples).
        settings: resolution.

    Returns:
        Decibels in [-80, 0], shape (channels, bands, frames); all 0 for silence.
    """
    window, hop = settings.window, settings.hop
    padded = np.pad(sound, [(0, 0), (window // 2, window // 2 + 1)])
    frames = 1 + sound.shape[1] // hop
    view = np.lib.stride_tricks.sliding_window_view(padded, window, axis=1)[:, ::hop][:, :frames]
    hamming, filters = _constants(settings)
    mel = np.empty((len(sound), frames, settings.bands), dtype=np.float32)
    for start in range(0, frames, _BLOCK):
        block = slice(start, start + _BLOCK)
        spectrum = fft.rfft(view[:, block] * hamming, axis=-1)  # (channels, frames, bins)
        mel[:, block] = (spectrum.real**2 + spectrum.imag**2) @ filters
    level = 10 * np.log10(np.maximum(mel, _LEAST_POWER))
    return np.ascontiguousarray(np.swapaxes(np.maximum(level - level.max(), -RANGE_DB), 1, 2))


def shown_level(sound: NDArray[np.float32], sample_rate: int) -> NDArray[np.float32]:
    """Compute the spectrogram that figures and pages show: of several channels their mean power.

    Args:
        sound: not silent, shape (channels, samples).
        sample_rate: samples per second.

    Returns:
        Decibels relative to the maximum, in [-80, 0], shape (bands, frames), low bands first.
    """
    decibels = mel_spectrogram(sound, MelSettings(sample_rate))
    power = (10 ** (decibels / 10)).mean(axis=0)
    relative = 10 * np.log10(np.maximum(power / power.max(), 10 ** (-RANGE_DB / 10)))
    return relative.astype(np.float32)


@lru_cache(maxsize=4)
def _constants(settings: MelSettings) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Window (window,) and filters (bins, bands)."""
    from librosa.filters import mel  # imports numba: seconds that readers of data sets can spare

    filters = mel(sr=settings.sample_rate, n_fft=settings.window, n_mels=settings.bands)
    hamming = get_window("hamming", settings.window).astype(np.float32)
    return hamming, np.ascontiguousarray(filters.T)
