"""Loudness: pyloudnorm's values, also of layouts and lengths that it does not take."""

import numpy as np
import pytest
from pyloudnorm import Meter

from src.rendering.loudness import integrated_loudness


@pytest.mark.parametrize("rate", [22_050, 44_100])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("seconds", [0.4, 1.0, 1.234])
def test_same_as_pyloudnorm(rate: int, channels: int, seconds: float) -> None:
    """Noise that grows softer, so that both gates leave blocks out."""
    rng = np.random.default_rng(0)
    count = round(seconds * rate)
    noise = rng.standard_normal((channels, count)) * np.geomspace(1, 1e-5, count)
    sound = noise.astype(np.float32)
    expected = Meter(rate).integrated_loudness(sound.T.astype(np.float64))
    assert integrated_loudness(sound, rate) == pytest.approx(expected, abs=1e-9)


def test_a_full_sine_of_1_khz() -> None:
    """The standard's calibration: 0 dB in one channel are -3.01 LUFS."""
    time = np.arange(48_000) / 48_000
    sine = np.sin(2 * np.pi * 997 * time)[None].astype(np.float32)
    assert integrated_loudness(sine, 48_000) == pytest.approx(-3.01, abs=0.06)
    assert integrated_loudness(sine / 10, 48_000) == pytest.approx(-23.01, abs=0.06)


@pytest.mark.parametrize("level", [0.0, 1e-5])
def test_what_is_under_the_gate_is_silent(level: float) -> None:
    assert integrated_loudness(np.full((2, 22_050), level, np.float32), 22_050) == float("-inf")


@pytest.mark.parametrize("rate", [22_050, 22_051])  # of the second, a block is no whole number
def test_silence_follows_what_is_shorter_than_a_block(rate: int) -> None:
    short = np.random.default_rng(0).standard_normal((2, int(0.1 * rate))).astype(np.float32)
    padded = np.pad(short, [(0, 0), (0, rate // 2 - short.shape[1])])
    block = padded[:, : int(np.ceil(0.4 * rate))]
    assert integrated_loudness(short, rate) == integrated_loudness(block, rate)
    assert np.isfinite(integrated_loudness(padded[:, : int(0.4 * rate)], rate))
