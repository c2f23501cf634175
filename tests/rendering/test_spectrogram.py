"""The mel spectrogram: librosa's values, whatever the level."""

import librosa
import numpy as np
import pytest

from src.rendering.spectrogram import MelSettings, mel_spectrogram

SETTINGS = [MelSettings(22_050, frames_per_second=50), MelSettings(44_100), MelSettings(44_100, 64)]
WITHIN_DB = 2e-3  # float32 powers, 80 dB below the maximum


def _sound(channels: int, settings: MelSettings, seconds: float = 0.51) -> np.ndarray:
    """Noise of both loud and soft parts, besides a tone."""
    rng = np.random.default_rng(0)
    time = np.arange(round(seconds * settings.sample_rate)) / settings.sample_rate
    noise = rng.standard_normal((channels, len(time))) * np.exp(-12 * time)
    return (0.1 * noise + 0.5 * np.sin(2 * np.pi * 440 * time)).astype(np.float32)


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("channels", [1, 2])
def test_same_as_librosa(settings: MelSettings, channels: int) -> None:
    sound = _sound(channels, settings)
    power = librosa.feature.melspectrogram(
        y=sound.astype(np.float64),
        sr=settings.sample_rate,
        n_fft=settings.window,
        hop_length=settings.hop,
        window="hamming",
        n_mels=settings.bands,
        pad_mode="constant",
    )
    expected = librosa.power_to_db(power, ref=np.max, top_db=80.0)
    found = mel_spectrogram(sound, settings)
    assert found.shape == settings.shape(channels, sound.shape[1])
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=WITHIN_DB)


def test_the_level_is_not_in_it() -> None:
    sound = _sound(2, SETTINGS[0])
    louder = mel_spectrogram(4 * sound, SETTINGS[0])
    np.testing.assert_allclose(louder, mel_spectrogram(sound, SETTINGS[0]), atol=WITHIN_DB)
    assert louder.max() == 0
    assert louder.min() >= -80


def test_silence_is_flat() -> None:
    silence = np.zeros((1, 22_050), dtype=np.float32)
    assert (mel_spectrogram(silence, SETTINGS[0]) == 0).all()


@pytest.mark.parametrize(
    ("rate", "seconds", "frames"), [(44_100, 4.0, 401), (22_050, 1.0, 51), (22_050, 0.99, 50)]
)
def test_frames(rate: int, seconds: float, frames: int) -> None:
    per_second = 100 if rate == 44_100 else 50
    settings = MelSettings(rate, frames_per_second=per_second)
    assert settings.shape(2, round(rate * seconds)) == (2, 128, frames)
