"""Surge XT's state: presets taken apart and put together, edits, what raw values stand for."""

import csv
import re
import struct

import pytest
import yaml

from src.common.project import CONFIG_DIR
from src.synths.surge_state import SOURCES, Link, SurgePatch, find_link, is_surge
from src.synths.vst3_preset import Preset
from tests.synths.fake_surge import ELEMENTS, make_preset, make_xml

SURGE = CONFIG_DIR / "synth" / "surge_xt"


def test_preset_round_trip_is_exact() -> None:
    preset = make_preset(make_xml())
    assert Preset.parse(preset).pack() == preset
    assert SurgePatch.parse(preset).pack() == preset
    assert is_surge(preset)
    assert not is_surge(Preset(1, b"x" * 32, {b"Comp": b"VstW"}).pack())


def test_edit_moves_what_follows_and_leaves_the_rest() -> None:
    patch = SurgePatch.parse(make_preset(make_xml(), b"tables"))
    patch.edit({"parameters": {"a_osc1_octave": -2, "fx9_type": 11, "fx9_p3": 0.25}})
    edited = patch.pack()

    container = Preset.parse(edited)
    component = container.chunks[b"Comp"]
    tag, length = struct.unpack_from("<4sI", component)
    assert (tag, component[32 + length :]) == (b"sub3", b"tables")
    assert component[8:32] == bytes(24)
    assert container.chunks[b"Cont"] == b"editor"
    # the header's list offset is where the chunks end
    place = struct.unpack_from("<q", edited, 40)[0]
    assert edited[place : place + 4] == b"List"
    values = SurgePatch.parse(edited).values()
    assert values == {
        **{name: float(value) for name, (_, value) in ELEMENTS.items()},
        "a_osc1_octave": -2.0,
        "fx9_type": 11.0,
        "fx9_p3": 0.25,
    }
    assert SurgePatch.parse(edited).pack() == edited


def test_routing_and_flag() -> None:
    routing = {"source": "voice_lfo_1", "target": "a_filter1_cutoff", "depth": 48.0}
    edits = {"activate": ["a_filter1_*"], "routings": [routing]}
    patch = SurgePatch.parse(make_preset(make_xml()))
    wrong = patch.missing(edits)
    assert len(wrong) == 2
    assert "a_filter1_type is deactivated" in wrong
    patch.edit({"routings": [{**routing, "depth": 1.0}]})
    patch.edit(edits)

    again = SurgePatch.parse(patch.pack())
    (element,) = again.elements["a_filter1_cutoff"]
    expected = {"source": "17", "depth": "48.0", "muted": "0", "source_index": "0"}
    assert element.attrib == expected
    assert again.elements["a_filter1_type"].get("deactivated") == "0"
    assert again.missing(edits) == []
    assert list(SOURCES.values()) == [17, 18, 19, 20, 21, 22]


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({"parameters": {"a_osc1_octav": 1}}, "no element a_osc1_octav; nearest: a_osc1_octave"),
        ({"activate": ["b_*"]}, "no element of the patch matches 'b_\\*'"),
        ({"routing": []}, "unknown routing; known: activate, parameters, routings"),
        ({"routings": [{"source": "lfo", "target": "a_pan", "depth": 1}]}, "'lfo'; known: voice"),
    ],
)
def test_wrong_edits_are_named(edits: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SurgePatch.parse(make_preset(make_xml())).edit(edits)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"VST2" + bytes(60), "does not start with VST3"),
        (make_preset(make_xml())[:-30], "ends before its list"),
        (Preset(1, b"x" * 32, {b"Comp": b"VstW"}).pack(), "does not start with sub3"),
        (make_preset(b"<patch>"), "XML cannot be read"),
    ],
)
def test_damaged_presets_are_named(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SurgePatch.parse(data)


def test_link_chooses_the_element_of_the_name() -> None:
    low = SurgePatch.parse(make_preset(make_xml()))
    high = SurgePatch.parse(make_preset(make_xml()))
    assert find_link("a_filter_1_type", low, high) is None
    high.edit({"parameters": {"a_filter1_subtype": 3, "a_filter1_type": 33}})
    link = find_link("a_filter_1_type", low, high)
    assert link == Link("a_filter1_type", 0.0, 33.0, stepped=True)


# Steps of Surge XT's parameters, from its source: lowest and highest value, the choices' values.
STEPS = {
    "a_osc_1_octave": (-3, 3, range(-3, 4)),
    "a_osc_2_octave": (-3, 3, range(-3, 4)),
    "a_osc_1_route": (0, 2, range(3)),
    "a_osc_1_mute": (0, 1, range(2)),
    "a_osc_1_unison_voices": (1, 16, range(1, 5)),
    "a_amp_eg_envelope_mode": (0, 1, range(2)),
    "a_filter_configuration": (0, 7, (0, 1, 2, 3, 4, 5, 7)),
    "a_fm_routing": (0, 3, range(4)),
    "a_lfo_1_type": (0, 9, range(6)),
}


@pytest.mark.parametrize("name", STEPS)
def test_choices_of_the_table_are_steps(name: str) -> None:
    """Each choice's raw value is read back as its own step, and as no other."""
    low, high, steps = STEPS[name]
    with (SURGE / "full.csv").open() as file:
        (row,) = [row for row in csv.DictReader(file) if row["name"] == name]
    raw = [float(re.split("[=@]", choice)[1]) for choice in row["choices"].split(";")]
    link = Link("element", low, high, stepped=True)
    assert len(raw) == len(steps)
    for value, own in zip(raw, steps, strict=True):
        near = [s for s in range(low, high + 1) if abs(link.raw(s) - value) <= link.tolerance]
        assert near == [own]


@pytest.mark.parametrize("table", ["simple", "full"])
def test_base_state_fits_a_patch(table: str) -> None:
    """All elements that the base states name are ones that Surge XT writes."""
    names = ["a_pitch", "a_lowcut", "a_ws_type", "a_mute_o2", "a_mute_o3", "a_mute_noise"]
    names += [f"a_osc{i}_{end}" for i in (1, 2, 3) for end in ("type", "param3")]
    names += [f"a_filter{i}_{end}" for i in (1, 2) for end in ("type", "subtype", "cutoff")]
    names += ["a_env1_mode", "a_env2_mode"]
    names += [f"a_lfo5_{end}" for end in ("shape", "magnitude", "unipolar")]
    patch = SurgePatch.parse(make_preset(make_xml(dict.fromkeys(names, ("2", "0")))))
    edits = yaml.safe_load((SURGE / f"base_{table}.yaml").read_text())["surge"]
    assert patch.missing(edits)
    patch.edit(edits)
    assert SurgePatch.parse(patch.pack()).missing(edits) == []
