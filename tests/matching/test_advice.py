"""Long sounds and levels are told, with what helps."""

import numpy as np
import pytest

from src.matching.advice import goes_on, known_sounds, longest_note_s, on_length, on_level
from src.matching.outputs import Played
from src.synths.definition import load_definition
from src.synths.synth import Note

SMALL = load_definition("vital", "small", 1.0).table
RATE = 8_000


def played(is_held: bool = False, gain_db: float = 0.0, preset_gain_db: float = 0.0) -> Played:
    silence = np.zeros((1, RATE), np.float32)
    return Played(silence, {}, "", "", Note(48, 0, 0.8), is_held, gain_db, preset_gain_db)


def test_the_longest_note_is_the_tables():
    assert longest_note_s(SMALL) == pytest.approx(0.8)
    assert "MIDI 48" in known_sounds(SMALL)


@pytest.mark.parametrize(("decay", "expected"), [(0.0, True), (2.0, True), (20.0, False)])
def test_a_sound_goes_on_while_it_is_heard(decay: float, expected: bool):
    times = np.arange(RATE) / RATE
    sound = (np.sin(2 * np.pi * 220 * times) * np.exp(-decay * times))[None].astype(np.float32)
    assert goes_on(sound, RATE, 0.8) is expected
    assert not goes_on(sound, RATE, 1.0)


def test_advice_is_given_where_it_helps():
    assert on_length(SMALL, False, played()) == []
    assert "hold the key" in on_length(SMALL, True, played(is_held=True))[0]
    assert "ends early" in on_length(SMALL, True, played())[0]
    assert on_level(played(gain_db=-13, preset_gain_db=-13)) == []
    assert "turned down by 13 dB" in on_level(played(gain_db=-13))[0]
