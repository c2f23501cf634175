"""The DX7: values are taken and rounded, sounds repeat, and symmetries are true to the bit."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from src.synths.definition import load_definition
from src.synths.dexed import Dexed
from src.synths.dx7_voice import FIELDS
from src.synths.synth import Note, ParameterNotTaken, UnknownParameter
from src.synths.syx import load_voices
from tests.synths.symmetry_proof import assert_sounds_alike

RATE = 22_050
SECONDS = 0.5
TABLES = {"additive": 720, "fm": 6}  # equivalent patches of a sound
Sound = NDArray[np.float32]
Vector = NDArray[np.float32]


class Player:
    """A table with its running synthesizer."""

    def __init__(self, name: str) -> None:
        self.name = name
        definition = load_definition("dx7", name, SECONDS)
        self.table = definition.table
        synth = definition.make(RATE)
        assert isinstance(synth, Dexed)
        self.synth = synth

    def draw(self, count: int, seed: int = 0) -> list[Vector]:
        rng = np.random.default_rng(seed)
        return [self.table.draw(rng) for _ in range(count)]

    def play(self, vector: Vector) -> Sound:
        patch = self.table.decode(vector)
        self.synth.set(patch.values)
        return self.synth.render(patch.note, SECONDS)


@pytest.fixture(params=TABLES)
def player(request: pytest.FixtureRequest) -> Player:
    return Player(request.param)


def test_every_parameter_is_taken(player: Player) -> None:
    ends = np.zeros(player.table.width), np.ones(player.table.width)
    for vector in (*player.draw(20), *ends):
        values = player.table.decode(vector).values
        player.synth.set(values)
        player.synth.verify(values)


def test_rounding_is_read_back(player: Player) -> None:
    player.synth.set({"op_1_output_level": 80.4, "op_2_rate_1": 49.5, "op_1_pitch": 0.1})
    read = player.synth.read()
    assert (read["op_1_output_level"], read["op_2_rate_1"]) == (80, 50)
    assert read["op_1_pitch"] == pytest.approx(12 * np.log2(1.01))


def test_what_is_not_named_returns_to_its_base_value(player: Player) -> None:
    base = player.synth.read()
    player.synth.set({"feedback": 7, "op_3_pitch": 12.0})
    assert player.synth.read() != base
    player.synth.set({})
    assert player.synth.read() == base


def test_what_the_base_state_says_is_in_the_engine() -> None:
    read = Player("fm").synth.read()
    expected = {"algorithm": 5, "feedback": 0, "osc_key_sync": 1, "op_1_rate_3": 99}
    expected |= {"op_6_rate_4": 60, "op_6_level_1": 99, "op_2_level_2": 0, "op_2_level_4": 0}
    assert {name: read[name] for name in expected} == expected


def test_sounds_repeat_in_any_order_and_instance(player: Player) -> None:
    """To the bit, beside an engine of another sample rate in the same process."""
    vectors = player.draw(8)
    first = [player.play(vector) for vector in vectors]
    other = Player(player.name)
    Dexed({}, 44_100).render(Note(60, 0.0, 0.1), 0.2)
    backwards = [other.play(vector) for vector in reversed(vectors)][::-1]
    for sound, again in zip(first, backwards, strict=True):
        np.testing.assert_array_equal(sound, again)


def test_any_voice_repeats() -> None:
    """Vibrato, sample and hold, feedback: whatever a voice holds, to the bit."""
    rng = np.random.default_rng(6)
    patches = [
        {name: int(rng.integers(f.low, f.high, endpoint=True)) for name, f in FIELDS.items()}
        | {"lfo_wave": 5, "osc_key_sync": i % 2}
        for i in range(20)
    ]

    def play(synth: Dexed, values: dict[str, int]) -> Sound:
        synth.set(values)
        return synth.render(Note(60, 0.0, 0.3), SECONDS)

    one, other = Dexed({}, RATE), Dexed({}, RATE)
    first = [play(one, values) for values in patches]
    backwards = [play(other, values) for values in reversed(patches)][::-1]
    assert sum(np.abs(sound).max() > 1e-3 for sound in first) > 5
    for sound, again in zip(first, backwards, strict=True):
        np.testing.assert_array_equal(sound, again)


def test_no_patch_is_silent_or_clips(player: Player) -> None:
    peaks = [np.abs(player.play(vector)).max() for vector in player.draw(50, seed=1)]
    assert 0.01 < min(peaks) < max(peaks) < 1


def test_declared_symmetries_sound_alike_to_the_bit(player: Player) -> None:
    symmetry = player.table.symmetry
    assert symmetry.size == TABLES[player.name]
    assert_sounds_alike(player.play, player.draw(3, seed=2), symmetry, within=1e-30)


def test_parameters_that_trade_places_alone_are_heard(player: Player) -> None:
    """The check above can fail: pitches of two units trade places, and nothing else does."""
    (vector,) = player.draw(1, seed=3)
    units = next(iter(player.table.units.values()))
    order = np.arange(player.table.width)
    order[[units[0][0], units[1][0]]] = units[1][0], units[0][0]
    assert np.abs(player.play(vector) - player.play(vector[order])).max() > 1e-3


def test_every_parameter_is_heard(player: Player) -> None:
    (vector,) = player.draw(1, seed=4)
    sound = player.play(vector)
    for parameter, columns in player.table.blocks:
        changed = vector.copy()
        changed[columns] = (vector[columns] + 0.5) % 1
        if parameter.name != "note_off":  # a decay may be over before it
            assert np.abs(player.play(changed) - sound).max() > 1e-4, parameter.name


def test_a_note_has_its_times_and_both_channels_are_the_same() -> None:
    player = Player("additive")
    player.synth.set(player.table.decode(player.draw(1)[0]).values)
    sound = player.synth.render(Note(60, 0.0, 0.2), SECONDS)
    assert sound.shape == (2, round(SECONDS * RATE))
    np.testing.assert_array_equal(sound[0], sound[1])
    delayed = player.synth.render(Note(60, 0.1, 0.3), SECONDS)
    start = round(0.1 * RATE)
    assert not delayed[:, :start].any()
    np.testing.assert_array_equal(delayed[:, start:], sound[:, : sound.shape[1] - start])
    assert not player.synth.render(Note(60, 0.7, 0.8), SECONDS).any()


def test_a_sine_has_the_frequency_of_its_pitch() -> None:
    """Operator 1 alone, an octave and a fifth above 261.6 Hz, is the third harmonic."""
    levels = {f"op_{i}_output_level": 0 for i in range(2, 7)}
    synth = Dexed({"voice": {"algorithm": 32, **levels}}, RATE)
    synth.set({"op_1_pitch": 12 * np.log2(3)})
    sound = synth.render(Note(60, 0.0, 1.0), 1.0)[0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    assert np.argmax(spectrum) == pytest.approx(3 * 440 * 2 ** (-9 / 12), abs=1)


def test_a_preset_read_anew_renders_the_same_samples(player: Player, tmp_path: Path) -> None:
    (vector,) = player.draw(1, seed=5)
    sound = player.play(vector)
    player.synth.save_preset(tmp_path / "patch.syx")
    other = Dexed({}, RATE)
    (voice,) = load_voices(tmp_path / "patch.syx")
    other.load_voice(voice)
    np.testing.assert_array_equal(other.render(player.table.decode(vector).note, SECONDS), sound)


@pytest.mark.parametrize("value", [120.0, -1.0, float("nan")])
def test_values_out_of_range_are_refused(value: float) -> None:
    synth = Player("fm").synth
    base = synth.read()
    with pytest.raises(ValueError, match=r"op_1_output_level: .* lies outside the DX7's range"):
        synth.set({"feedback": 3, "op_1_output_level": value})
    assert synth.read() == base  # all or none


def test_unknown_names_are_refused() -> None:
    with pytest.raises(UnknownParameter, match=r"op_1_ouput_level \(nearest: op_1_output_level"):
        Player("fm").synth.set({"op_1_ouput_level": 50})


def test_a_value_that_is_not_taken_is_told() -> None:
    """A pitch above the note is nothing that an operator of fixed frequency has."""
    synth = Dexed({"voice": {"op_1_frequency_mode": 1}}, RATE)
    synth.set({"op_1_pitch": 7.0})
    with pytest.raises(ParameterNotTaken, match=r"DX7 .* did not take 1 of 1 .* and reads nan"):
        synth.verify({"op_1_pitch": 7.0})


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ({"voices": {}}, "unknown voices; known: voice, operators, name"),
        ({"voice": {"algorithmus": 1}}, "has no algorithmus"),
        ({"voice": {"algorithm": 33}}, "algorithm: 33 lies outside"),
        ({"operators": {"rate_5": 1}}, "operators have no rate_5; known: pitch, rate_1"),
    ],
)
def test_wrong_base_states(base: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Dexed(base, RATE)
