"""Loudness, files and descriptions of sounds."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from src.data.sound_files import read_sound
from src.listen.sounds import (
    describe,
    loudness_of,
    match_loudness,
    spectrogram_of,
    write_flac,
    write_picture,
)
from tests.listen.study import RATE, tone


def click() -> np.ndarray:
    """A sound of full scale that is not loud."""
    sound = np.zeros((1, 2 * RATE), dtype=np.float32)
    sound[0, RATE : RATE + 1] = 1.0
    return sound


def test_versions_are_equally_loud_as_written(tmp_path: Path) -> None:
    sounds = {"loud": tone(440, 0.9), "soft": tone(3000, 0.003), "noise": 0.05 * tone(90, 1.0)}
    level, gains = match_loudness(sounds, RATE)
    for name, sound in sounds.items():
        write_flac(tmp_path / f"{name}.flac", sound, RATE, gains[name].gain_db)
        written, rate = read_sound(tmp_path / f"{name}.flac")
        assert rate == RATE
        assert loudness_of(written, RATE) == pytest.approx(level, abs=0.1)
        assert np.abs(written).max() < 10 ** (-0.9 / 20)


def test_what_would_clip_stays_quieter_and_is_said() -> None:
    level, gains = match_loudness({"tone": tone(440), "click": click()}, RATE)
    assert level == -36.0  # not lower for the sake of a click
    assert gains["tone"].short_db == pytest.approx(0, abs=1e-9)
    assert gains["click"].gain_db == pytest.approx(-1.0)
    assert gains["click"].short_db == pytest.approx(0.4, abs=0.1)


def test_silence_and_sounds_shorter_than_a_block() -> None:
    silence = np.zeros((2, RATE), dtype=np.float32)
    _, gains = match_loudness({"silence": silence, "short": tone(440, 0.1, 0.1)}, RATE)
    assert gains["silence"].loudness is None
    assert gains["silence"].gain_db == 0
    assert gains["short"].loudness is not None


def test_picture_has_low_frequencies_below(tmp_path: Path) -> None:
    decibels = spectrogram_of(tone(200), RATE)
    assert decibels is not None
    write_picture(tmp_path / "tone.png", decibels)
    with Image.open(tmp_path / "tone.png") as image:
        light = np.asarray(image.convert("L"))
    assert light.shape == decibels.shape
    assert light[-20:].max() > 200 > light[:64].max()


def test_words_for_a_spectrogram() -> None:
    sound = np.concatenate([np.zeros((1, RATE), np.float32), tone(440, 0.5, 1.0)], axis=1)
    words = describe(spectrogram_of(sound, RATE), 2.0, RATE)
    assert words == "sound from 0.99 to 2.00 seconds, strongest near 440 hertz"
    assert describe(None, 2.0, RATE) == "silence"
