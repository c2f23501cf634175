"""The VST3 backend: with a real instrument where there is one, and with a stand-in for Surge XT."""

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from src.synths.surge_state import SurgePatch
from src.synths.synth import MissingPlugin, Note, ParameterNotTaken
from src.synths.vst3 import Vst3
from tests.synths.fake_surge import FakeSurge
from tests.synths.vst3_checks import CHECKS
from tests.synths.vst3_host import MISSING, find_instrument, python_command

INSTRUMENT = find_instrument()
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def results() -> Mapping[str, Mapping[str, Any]]:
    """Run all checks with a real instrument in one process of its own."""
    if INSTRUMENT is None:
        pytest.skip(MISSING)
    python, environment = python_command(INSTRUMENT)
    process = subprocess.run(
        [*python, "-m", "tests.synths.vst3_checks", str(INSTRUMENT)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if process.returncode:
        pytest.fail(f"status {process.returncode}: {process.stderr}")
    found: Mapping[str, Mapping[str, Any]] = json.loads(process.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("name", CHECKS)
def test_real_instrument(name: str, results: Mapping[str, Mapping[str, Any]]) -> None:
    if results[name]["error"]:
        pytest.fail(results[name]["error"])


def test_no_path_says_what_to_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SURGE_XT_VST3", raising=False)
    expected = "set plugins.surge_xt or the environment variable SURGE_XT_VST3 to its .vst3"
    with pytest.raises(MissingPlugin, match=expected):
        Vst3(environment="SURGE_XT_VST3", setting="plugins.surge_xt")
    monkeypatch.setenv("SURGE_XT_VST3", "/nowhere/Surge XT.vst3")
    with pytest.raises(MissingPlugin, match=r"there is no plug-in /nowhere/Surge XT.vst3: set"):
        Vst3(environment="SURGE_XT_VST3", setting="plugins.surge_xt")


def test_file_that_is_no_plugin(tmp_path: Path) -> None:
    path = tmp_path / "empty.vst3"
    path.touch()
    with pytest.raises(MissingPlugin, match="cannot be loaded as a VST3"):
        Vst3(path)


@pytest.fixture
def surge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Vst3:
    """Start the backend with the stand-in for Surge XT."""
    monkeypatch.setattr("src.synths.vst3.VST3Plugin", FakeSurge)
    base = {
        "activate": ["a_filter1_*"],
        "parameters": {"a_osc1_octave": 1},
        "routings": [{"source": "voice_lfo_1", "target": "a_filter1_cutoff", "depth": 130.0}],
    }
    return Vst3(tmp_path, base={"surge": base}, sample_rate=8_000)


PATCH = {
    "a_osc_1_octave": 0.1705,
    "a_filter_1_type": 0.0655,
    "a_filter_1_cutoff": 0.3,
    "a_osc_1_mute": 0.7505,
}


def _state(synth: Vst3) -> dict[str, float]:
    return SurgePatch.parse(synth._plugin.preset_data).values()


def test_surge_patch_is_in_its_own_state(surge: Vst3) -> None:
    surge.set(PATCH)
    surge.verify(PATCH)
    state = _state(surge)
    assert state["a_osc1_octave"] == -2
    assert state["a_filter1_type"] == 2
    assert state["a_filter1_cutoff"] == pytest.approx(-60 + 0.3 * 130)
    assert state["a_mute_o1"] == 1
    assert surge.render(Note(60, 0.0, 0.5), 1.0).shape == (2, 8_000)


def test_surge_repeated_value_is_sent_again(surge: Vst3) -> None:
    """A value that the host believes to be there after the base state was loaded again."""
    for _ in range(3):
        surge.set(PATCH)
        surge.verify(PATCH)


@pytest.mark.parametrize("starts_anew", [False, True])
def test_surge_base_state_returns(
    surge: Vst3, starts_anew: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeSurge, "starts_anew", starts_anew)
    surge.set({})
    base = _state(surge)
    assert base["a_osc1_octave"] == 1
    surge.set(PATCH | {"a_pan": 0.75})
    surge.set({"a_pan": 0.25})
    surge.verify({"a_pan": 0.25})
    surge.render(Note(60, 0.0, 0.5), 1.0)
    assert _state(surge) == pytest.approx({**base, "a_pan": -0.5})


def test_surge_value_that_did_not_take_is_found(
    surge: Vst3, monkeypatch: pytest.MonkeyPatch
) -> None:
    surge.set(PATCH)
    monkeypatch.setattr(FakeSurge, "deaf", frozenset({"A Osc 1 Octave"}))
    wanted = PATCH | {"a_osc_1_octave": 0.8305}
    surge.set(wanted)
    with pytest.raises(ParameterNotTaken, match=r"a_osc_1_octave was set to 0.8305"):
        surge.verify(wanted)


def test_surge_parameter_without_effect_is_found(
    surge: Vst3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeSurge, "deaf", frozenset({"A Pan"}))
    with pytest.raises(ParameterNotTaken, match="its state does not show a_pan"):
        surge.set({"a_pan": 0.5})
