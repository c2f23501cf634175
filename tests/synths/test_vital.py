"""Vital: values are taken and heard, sounds repeat, and declared symmetries are true ones."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import vita
from numpy.typing import NDArray

from src.synths.definition import SynthDefinition, load_definition
from src.synths.parameters import Parameter
from src.synths.synth import Note, ParameterNotTaken, Synth, UnknownParameter
from src.synths.vital import Vital
from tests.synths.symmetry_proof import assert_sounds_alike

RATE = 22_050
SECONDS = {"small": 0.6, "simple": 0.6, "full": 0.6}
TABLES = list(SECONDS)
REPEATING = ["small", "simple"]  # a sound does not depend on those before it
HEARD = 1e-3  # of the sound's level; small and simple repeat to the bit
# Adding up three oscillators in another order rounds otherwise, and filters feed it back.
SWAPPED = 1e-5
Sound = NDArray[np.float32]
Vector = NDArray[np.float32]


class Player:
    """A definition with its running synthesizer."""

    def __init__(self, name: str) -> None:
        self.seconds = SECONDS[name]
        self.definition: SynthDefinition = load_definition("vital", name, self.seconds)
        self.table = self.definition.table
        self.synth: Synth = self.definition.make(RATE)

    def fresh(self) -> "Player":
        return Player(self.definition.table_name)

    def draw(self, count: int, seed: int = 0) -> list[Vector]:
        """Draw patches whose note sounds for a while."""
        rng = np.random.default_rng(seed)
        vectors = [self.table.draw(rng) for _ in range(count)]
        for parameter, columns in self.table.blocks:
            if parameter.kind == "note_on_off":
                for vector in vectors:
                    vector[columns] = 0.02, 0.6
        return vectors

    def play(self, vector: Vector) -> Sound:
        patch = self.table.decode(vector)
        self.synth.set(patch.values)
        return self.synth.render(patch.note, self.seconds)


@pytest.fixture(scope="module")
def players() -> dict[str, Player]:
    """Start Vital once for each table."""
    return {name: Player(name) for name in TABLES}


@pytest.fixture(scope="module", params=TABLES)
def player(players: Mapping[str, Player], request: pytest.FixtureRequest) -> Player:
    return players[request.param]


@pytest.fixture(scope="module", params=REPEATING)
def repeating(players: Mapping[str, Player], request: pytest.FixtureRequest) -> Player:
    return players[request.param]


def _difference(sound: Sound, other: Sound) -> float:
    """Level of the difference relative to the sound's."""
    return float(np.linalg.norm(sound - other) / max(np.linalg.norm(sound), 1e-6))


def test_every_parameter_is_taken(player: Player) -> None:
    """Also after other patches: what Vital would save is what was set."""
    for vector in player.draw(10):
        patch = player.table.decode(vector)
        player.synth.set(patch.values)
        player.synth.verify(patch.values)
    extremes = np.zeros(player.table.width), np.ones(player.table.width)
    for vector in extremes:
        patch = player.table.decode(vector)
        player.synth.set(patch.values)
        player.synth.verify(patch.values)


def test_what_is_not_named_returns_to_its_base_value(players: Mapping[str, Player]) -> None:
    synth = players["small"].synth
    synth.set({})
    base = synth.read()
    synth.set({"osc_1_pitch": 7.25, "volume": 3000.0})
    read = synth.read()
    assert (read["osc_1_transpose"], read["osc_1_tune"]) == (7.0, 0.25)
    assert read["volume"] == pytest.approx(3000)
    synth.set({})
    assert synth.read() == pytest.approx(base, abs=1e-5)


def test_sounds_repeat_in_any_order_and_instance(repeating: Player) -> None:
    """To the bit: so nothing of one patch is heard in the next."""
    vectors = repeating.draw(4)
    first = [repeating.play(vector) for vector in vectors]
    other = repeating.fresh()
    backwards = [other.play(vector) for vector in reversed(vectors)][::-1]
    for sound, again in zip(first, backwards, strict=True):
        assert np.abs(sound).max() > 1e-4
        np.testing.assert_array_equal(sound, again)


def test_no_tail_of_the_patch_before(repeating: Player) -> None:
    """A note that still sounds at the end of its render is not heard in a silent patch."""
    loud, silent = repeating.draw(2)
    patch = repeating.table.decode(loud)
    repeating.synth.set({**patch.values, "env_1_sustain": 1.0, "env_1_release": 1.0})
    repeating.synth.render(Note(48, 0.0, repeating.seconds), repeating.seconds)
    quiet = {f"osc_{i}_level": 0.0 for i in (1, 2, 3)}
    repeating.synth.set({**repeating.table.decode(silent).values, **quiet})
    sound = repeating.synth.render(Note(48, 0.1, 0.3), repeating.seconds)
    assert np.abs(sound).max() < 1e-6


def test_a_block_of_the_full_table_repeats(players: Mapping[str, Player]) -> None:
    """Its sounds depend on those before them, hence on a fresh start and their order alone."""
    assert players["full"].definition.fresh_every > 0
    vectors = players["full"].draw(4)
    blocks = [[player.play(vector) for vector in vectors] for player in _two_fresh("full")]
    for sound, again in zip(*blocks, strict=True):
        np.testing.assert_array_equal(sound, again)


def _two_fresh(name: str) -> tuple[Player, Player]:
    return Player(name), Player(name)


def test_declared_symmetries_sound_alike(player: Player) -> None:
    """Exchanges of neighbours generate the group: what holds for each holds for all of it."""
    fresh = player.definition.fresh_every > 0

    def play(vector: Vector) -> Sound:
        return (player.fresh() if fresh else player).play(vector)

    symmetry = player.table.symmetry
    assert_sounds_alike(play, player.draw(1 if fresh else 3, seed=1), symmetry, SWAPPED)


def test_oscillators_and_filter_are_not_symmetric(players: Mapping[str, Player]) -> None:
    """The check above can fail: values of unlike parameters that are swapped are heard."""
    player = players["small"]
    (vector,) = player.draw(1)
    order = np.arange(player.table.width)
    order[[0, 1]] = 1, 0
    assert _difference(player.play(vector), player.play(vector[order])) > HEARD


@pytest.mark.parametrize("name", REPEATING)
def test_every_parameter_is_heard(players: Mapping[str, Player], name: str) -> None:
    player = players[name]
    silent = {parameter.name for parameter in player.table.parameters}
    for vector in player.draw(12, seed=3):
        sound = player.play(vector)
        if not silent or np.abs(sound).max() < 1e-3:
            continue
        for parameter, columns in player.table.blocks:
            if parameter.name in silent:
                changed = player.play(_changed(vector, parameter, columns))
                if _difference(sound, changed) > HEARD:
                    silent.discard(parameter.name)
    assert not silent


def _changed(vector: Vector, parameter: Parameter, columns: slice) -> Vector:
    """Move a parameter by half of its range."""
    changed = vector.copy()
    if parameter.kind == "note_on_off":
        changed[columns] = 0.02, 0.3
    else:
        changed[columns] = (vector[columns] + 0.5) % 1
    return changed


def test_note_times(players: Mapping[str, Player]) -> None:
    """A later note is the delayed sound; after the render's end there is none."""
    player = players["small"]
    player.synth.set(player.table.decode(player.draw(1)[0]).values)
    sound = player.synth.render(Note(48, 0.0, 0.2), 0.6)
    assert sound.shape == (2, round(0.6 * RATE))
    delayed = player.synth.render(Note(48, 0.1, 0.3), 0.6)
    start = round(0.1 * RATE)
    assert not delayed[:, :start].any()
    np.testing.assert_array_equal(delayed[:, start:], sound[:, : sound.shape[1] - start])
    assert not player.synth.render(Note(48, 0.7, 0.8), 0.6).any()


@pytest.mark.parametrize("value", [1.5, -0.5, float("nan")])
def test_values_out_of_range_are_refused(players: Mapping[str, Player], value: float) -> None:
    synth = players["small"].synth
    synth.set({})
    base = synth.read()
    with pytest.raises(ValueError, match=r"osc_1_level: .* lies outside Vital's range \[0, 1\]"):
        synth.set({"volume": 3000.0, "osc_1_level": value})
    assert synth.read() == base  # all or none


def test_unknown_names_are_refused(players: Mapping[str, Player]) -> None:
    with pytest.raises(UnknownParameter, match=r"osc_1_levle \(nearest: osc_1_level"):
        players["small"].synth.set({"osc_1_levle": 0.5})


def test_a_value_that_is_not_taken_is_told(
    players: Mapping[str, Player], monkeypatch: pytest.MonkeyPatch
) -> None:
    synth = players["small"].synth
    assert isinstance(synth, Vital)

    class Deaf:
        def set(self, value: float) -> None:
            pass

    monkeypatch.setitem(synth._controls, "osc_1_level", Deaf())
    values = {"osc_1_level": 0.123, "osc_2_level": 0.5}
    synth.set(values)
    expected = r"Vital .* did not take 1 of 2 parameters: osc_1_level was set to 0.123 and reads"
    with pytest.raises(ParameterNotTaken, match=expected):
        synth.verify(values)


def test_a_preset_is_the_patch(repeating: Player, tmp_path: Path) -> None:
    """Another instance of Vital that loads the preset makes the same sound."""
    (vector,) = repeating.draw(1, seed=2)
    sound = repeating.play(vector)
    note = repeating.table.decode(vector).note
    path = tmp_path / "patch.vital"
    repeating.synth.save_preset(path)
    other = vita.Synth()
    other.set_sample_rate(RATE)
    assert other.load_json(path.read_text())
    settle = {"note_s": 0.1, "total_s": 3.0}  # controls glide from the initial patch
    other.render(note.pitch, note.velocity / 127, settle["note_s"], settle["total_s"])
    start = round(note.start_s * RATE)
    loaded = other.render(
        note.pitch, note.velocity / 127, note.end_s - note.start_s, repeating.seconds
    )
    assert _difference(sound[:, start:], loaded[:, : sound.shape[1] - start]) < HEARD
    names = json.loads(path.read_text())["settings"]
    assert {"osc_1_level", "filter_1_cutoff"} <= names.keys()


@pytest.mark.parametrize("table", ["small", "full"])
def test_a_preset_tells_a_released_version_and_sounds_as_before(
    players: Mapping[str, Player], table: str, tmp_path: Path
) -> None:
    """Vital refuses presets of a version that is newer than itself."""
    player = players[table]
    assert isinstance(player.synth, Vital)
    (vector,) = player.draw(1, seed=4)
    patch = player.table.decode(vector)
    player.synth.set(patch.values)
    path = tmp_path / "patch.vital"
    player.synth.save_preset(path)
    preset = json.loads(path.read_text())
    versions = {table["version"] for table in preset["settings"]["wavetables"]}
    assert versions | {preset["synth_version"]} == {"1.0.7"}
    assert "99999.9.9" not in path.read_text()
    original, released = (
        _first_notes(text, patch.note) for text in (player.synth._synth.to_json(), path.read_text())
    )
    np.testing.assert_array_equal(original, released)


def _first_notes(preset: str, note: Note) -> Sound:
    """Load a preset into a new Vital and play it twice, shape (2, 2 * samples)."""
    vital = vita.Synth()
    vital.set_sample_rate(RATE)
    assert vital.load_json(preset)
    length_s = note.end_s - note.start_s
    notes = [vital.render(note.pitch, note.velocity / 127, length_s, 1.0) for _ in range(2)]
    return np.concatenate(notes, axis=1)


@pytest.mark.parametrize(
    ("base", "message"),
    [
        ({"control": {}}, "unknown control; known: controls, modulations, wavetables, settle"),
        ({"controls": {"volum": 1}}, "there is no control volum"),
        ({"wavetables": {1: ["sinus"]}}, r"unknown shapes \['sinus'\]; expected some of sine"),
        ({"wavetables": {1: []}}, "expected some of sine"),
        ({"modulations": [{"source": "lfo", "destination": "volume"}]}, "modulation source 'lfo'"),
        ({"modulations": [{"source": "lfo_1"}]}, "modulation destination None is unknown"),
    ],
)
def test_wrong_base_states(base: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Vital(base, RATE)


@pytest.mark.parametrize(("gain_db", "done_db"), [(-13.0, -13.0), (6.0, 6.0), (30.0, 12.04)])
def test_the_volume_is_turned_by_decibels_and_back_for_the_next_patch(
    gain_db: float, done_db: float
) -> None:
    player = Player("small")
    (vector,) = player.draw(1)
    patch = player.table.decode(vector)
    before = player.play(vector)
    assert player.synth.turn_up(gain_db) == pytest.approx(done_db, abs=0.01)
    louder = player.synth.render(patch.note, player.seconds)
    factor = np.linalg.norm(louder) / np.linalg.norm(before)
    assert 20 * np.log10(factor) == pytest.approx(done_db, abs=0.01)
    np.testing.assert_array_equal(player.play(vector), before)
