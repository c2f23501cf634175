"""A sound starts where its energy does, whatever lies in front."""

import numpy as np
import pytest
from numpy.typing import NDArray

from src.data.onset import NOTHING_DB, find_onset, offset_of

RATE = 22_050
TIMES = np.arange(2 * RATE) / RATE
SINE = 0.5 * np.sin(2 * np.pi * 220 * TIMES)
DECAYING = SINE * np.exp(-2 * TIMES)
CLOSE_S = 0.015


def noise(samples: int, decibels: float, seed: int = 0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).standard_normal(samples) * 10 ** (decibels / 20)


def late(lead_s: float, sound: NDArray[np.float64] = DECAYING) -> NDArray[np.float64]:
    return np.concatenate([np.zeros(round(lead_s * RATE)), sound])


def start_s(sound: NDArray[np.float64]) -> float:
    return find_onset(sound[None].astype(np.float32), RATE).start / RATE


@pytest.mark.parametrize("lead_s", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("decibels", [-50, -60, -66, -72, -80, -200])
@pytest.mark.parametrize("level", [1.0, 0.2])
def test_noise_of_a_room_is_no_sound(lead_s: float, decibels: float, level: float):
    sound = level * late(lead_s)
    found = start_s(sound + noise(len(sound), decibels))
    assert lead_s - CLOSE_S < found < lead_s + 0.005


def test_hum_offset_and_clicks_are_no_sound():
    sound = late(1.0)
    times = np.arange(len(sound)) / RATE
    clicked = sound.copy()
    clicked[[10, 3000, 3001, 9000]] = [1, -1, 0.7, -0.3]
    stepped = sound + 0.3 * (times < 0.5)
    hum = sound + 0.005 * np.sin(2 * np.pi * 50 * times)
    burst = sound.copy()
    burst[5000:5200] += noise(200, -10)  # 9 ms
    for odd in (clicked, stepped, hum, sound + 0.2, hum - 0.4, burst):
        assert start_s(odd) == pytest.approx(1.0, abs=CLOSE_S)
    assert find_onset(clicked[None].astype("f4"), RATE).has_clicks
    assert not find_onset(sound[None].astype("f4"), RATE).has_clicks


@pytest.mark.parametrize("attack_s", [0.0, 0.3, 1.0, 2.0])
def test_a_slow_attack_belongs_to_the_sound(attack_s: float):
    rising = SINE * np.clip(TIMES / max(attack_s, 1e-9), 0, 1)
    assert start_s(rising) < 0.01 * max(attack_s, 0.1)


def test_short_and_low_sounds_start_at_once():
    for sound in (
        SINE[:1],
        SINE[:10],
        SINE[:441],
        0.8 * np.sin(2 * np.pi * 50 * TIMES) * np.exp(-20 * TIMES),
    ):
        assert start_s(sound) == 0


@pytest.mark.parametrize("offset", [0.0, 0.5, -0.02])
def test_a_constant_holds_no_sound(offset: float):
    dithered = offset + np.random.default_rng(0).integers(-1, 2, RATE) / 32768
    for sound in (np.full(RATE, offset), dithered, offset + 0.5 * np.eye(1, RATE, 99)[0]):
        assert find_onset(sound[None].astype("f4"), RATE).loudest_db <= NOTHING_DB


def test_an_offset_is_measured_and_waves_have_none():
    sound = np.stack([DECAYING + 0.02, DECAYING]).astype(np.float32)
    np.testing.assert_allclose(offset_of(sound, RATE), [[0.02], [0]], atol=1e-3)
    assert not offset_of(SINE[None, : RATE // 30].astype("f4"), RATE).any()
