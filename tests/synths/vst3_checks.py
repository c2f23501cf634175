"""Checks of the VST3 backend with a real instrument, mda JX10, run by test_vst3.py.

``python -m tests.synths.vst3_checks <bundle>`` runs all of them in one process and prints what
failed as JSON.
"""

import json
import re
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from src.synths.definition import load_definition
from src.synths.synth import MissingPlugin, Note, ParameterNotTaken, UnknownParameter
from src.synths.vst3 import Vst3
from src.synths.vst3_preset import Preset
from src.synths.vst3_readers import parameters_of

BUNDLE = Path(sys.argv[1]) if __name__ == "__main__" else Path("unused")
NOTE = Note(60, 0.1, 0.5)
DURATION_S = 1.0
BRIGHT = {"vcf_freq": 0.9, "noise": 0.6, "osc_mix": 0.3}
LONG = {"vcf_freq": 0.5, "env_rel": 1.0, "env_sus": 1.0}
CHECKS: dict[str, Callable[[], None]] = {}


def check(function: Callable[[], None]) -> Callable[[], None]:
    """List a check under its name."""
    CHECKS[function.__name__] = function
    return function


def make() -> Vst3:
    """Start JX10 as the project's own definition of it does."""
    synth = load_definition("jx10", "basic", 4.0).make(8_000, path=BUNDLE)
    assert isinstance(synth, Vst3)
    return synth


@cache
def shared() -> Vst3:
    """Give all checks one instance; what one leaves must not be heard by the next."""
    return make()


def play(synth: Vst3, values: dict[str, float]) -> NDArray[np.float32]:
    """Set a patch, prove that it was taken, and render it."""
    synth.set(values)
    synth.verify(values)
    return synth.render(NOTE, DURATION_S)


@check
def lists_parameters_and_version() -> None:
    synth = shared()
    assert {"osc_mix", "vcf_freq", "env_att"} <= set(synth.names())
    # Filter Mod+ and Filter Mod- have one name in pedalboard, so neither can be set by it
    assert "filter_mod" not in synth.names()
    assert synth.version.startswith("mda JX10 3.")


@check
def note_starts_and_stops() -> None:
    sound = play(shared(), BRIGHT | {"env_att": 0.0, "env_rel": 0.0, "vcf_rel": 0.0})
    assert sound.shape == (2, 8_000)
    assert sound.dtype == np.float32
    loudest = np.abs(sound).max(axis=0).reshape(10, 800).max(axis=1)  # of each tenth
    assert loudest[1:5].min() > 0.1
    assert max(loudest[0], loudest[6:].max()) < 0.02


@check
def same_patch_same_bytes() -> None:
    """In any order, rendered again, and in a fresh instance."""
    synth = shared()
    first = play(synth, BRIGHT)
    again = synth.render(NOTE, DURATION_S)
    other = play(synth, LONG)
    after = play(synth, BRIGHT)
    fresh = play(make(), BRIGHT)
    for sound in (again, after, fresh):
        np.testing.assert_array_equal(first, sound)
    assert np.abs(first - other).max() > 0.1


@check
def nothing_is_left_of_the_note_before() -> None:
    synth = shared()
    alone = play(synth, BRIGHT)
    synth.set(LONG)
    synth.render(Note(48, 0.0, 9.0), DURATION_S)  # released at the very end, long release
    np.testing.assert_array_equal(play(synth, BRIGHT), alone)


@check
def what_is_not_named_has_its_base_value() -> None:
    synth = shared()
    synth.set({})
    base = synth.render(NOTE, DURATION_S)
    play(synth, BRIGHT | LONG | {"glide": 0.9})
    synth.set({})
    np.testing.assert_array_equal(synth.render(NOTE, DURATION_S), base)
    state = synth.read()
    assert abs(state["glide"]) < 1e-6
    assert abs(state["noise"] - 0.9) > 0.1


@check
def a_value_that_did_not_take_is_found() -> None:
    synth = make()
    synth.set(BRIGHT)
    send = synth._send
    # what the host then notes, and what the plug-in has, differ
    synth._send = lambda values: send({k: v for k, v in values.items() if k != "noise"})  # type: ignore[method-assign]
    wanted = BRIGHT | {"noise": 0.1}
    synth.set(wanted)
    with pytest.raises(
        ParameterNotTaken, match=re.escape("1 of 3 parameters: noise was set to 0.1")
    ):
        synth.verify(wanted)


@check
def a_value_the_host_only_notes_is_found() -> None:
    synth = shared()
    synth.set(BRIGHT)
    # the host's note changes at once; the plug-in has the value after the next process()
    parameters_of(synth._plugin)["noise"].raw_value = 0.25
    assert abs(parameters_of(synth._plugin)["noise"].raw_value - 0.25) < 1e-6
    assert abs(synth.read()["noise"] - BRIGHT["noise"]) < 1e-6


@check
def random_patches_are_read_back() -> None:
    definition = load_definition("jx10", "basic", 4.0)
    synth = shared()
    rng = np.random.default_rng(0)
    for _ in range(20):
        values = dict(definition.table.decode(definition.table.draw(rng)).values)
        synth.set(values)
        synth.verify(values)


@check
def state_is_saved_and_restored() -> None:
    synth = shared()
    sound = play(synth, BRIGHT)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patch.vstpreset"
        synth.save_preset(path)
        saved = path.read_bytes()
    assert Preset.parse(saved).pack() == saved
    fresh = make()
    fresh._base = synth._plugin.raw_state
    fresh.set({})
    np.testing.assert_array_equal(fresh.render(NOTE, DURATION_S), sound)
    assert bytes(fresh._plugin.preset_data) == saved


@check
def unknown_parameter_is_named() -> None:
    synth = shared()
    with pytest.raises(UnknownParameter, match=re.escape("vcf_frequency (nearest: vcf_freq")):
        synth.set({"vcf_frequency": 0.5})


@check
def value_out_of_range_is_named() -> None:
    synth = shared()
    with pytest.raises(
        ValueError, match=re.escape("vcf_freq: expected a raw value in [0, 1], got 1.5")
    ):
        synth.set({"vcf_freq": 1.5})


@check
def unknown_plugin_name_is_named() -> None:
    with pytest.raises(MissingPlugin, match=re.escape("mda JX10")):
        Vst3(BUNDLE, plugin_name="mda JX11")


def main() -> None:
    """Run all checks and print, as the last line, what failed and how long it took."""
    results: dict[str, dict[str, object]] = {}
    for name, function in CHECKS.items():
        start = time.perf_counter()
        try:
            function()
            error = None
        except (Exception, pytest.fail.Exception):
            error = traceback.format_exc()
        results[name] = {"error": error, "seconds": time.perf_counter() - start}
    print(json.dumps(results))


if __name__ == "__main__":
    main()
