"""A voice of the DX7: known bytes, ranges, pitches as ratios."""

import dexed
import pytest
from hypothesis import given
from hypothesis import strategies as st

from src.synths.dx7_voice import (
    FIELDS,
    OPERATORS,
    PITCH_RANGE,
    PITCH_ROUNDING,
    VOICE_BYTES,
    check_voice,
    nearest_ratio,
    pitch_of,
    read_values,
    set_values,
)
from src.synths.synth import UnknownParameter

VOICE = dexed.Patch("KNOWN").to_sysex()[:VOICE_BYTES]
VALUES = st.fixed_dictionaries(
    {name: st.integers(field.low, field.high) for name, field in FIELDS.items()}
)


def test_every_byte_before_the_name_is_one_field() -> None:
    assert sorted(field.offset for field in FIELDS.values()) == list(range(145))


def test_fields_are_where_the_package_has_them() -> None:
    """Against dexed-py's own names, each with a value of its own."""
    values = {
        name: float(field.low + (7 * i) % (field.high - field.low + 1))
        for i, (name, field) in enumerate(FIELDS.items())
    }
    patch = dexed.Patch.from_sysex(set_values(VOICE, values))
    read = {
        "algorithm": patch.algorithm + 1,
        "feedback": patch.feedback,
        "osc_key_sync": float(patch.osc_key_sync),
        "transpose": patch.transpose,
        "pitch_mod_sensitivity": patch.pitch_mod_sensitivity,
        "lfo_speed": patch.lfo.speed,
        "lfo_delay": patch.lfo.delay,
        "lfo_pitch_mod_depth": patch.lfo.pitch_mod_depth,
        "lfo_amp_mod_depth": patch.lfo.amp_mod_depth,
        "lfo_sync": float(patch.lfo.sync),
        "lfo_wave": patch.lfo._wave,
    }
    for i in range(4):
        read[f"pitch_rate_{i + 1}"] = patch.pitch_envelope.rates[i]
        read[f"pitch_level_{i + 1}"] = patch.pitch_envelope.levels[i]
    for number in OPERATORS:
        operator = patch.op[number - 1]
        own = {
            **{f"rate_{i + 1}": rate for i, rate in enumerate(operator.envelope.rates)},
            **{f"level_{i + 1}": level for i, level in enumerate(operator.envelope.levels)},
            **{"left_curve": operator._left_curve, "right_curve": operator._right_curve},
        }
        plain = ("breakpoint", "left_depth", "right_depth", "rate_scaling", "detune")
        levels = ("amp_mod_sensitivity", "velocity_sensitivity", "output_level")
        frequency = ("frequency_mode", "frequency_coarse", "frequency_fine")
        own |= {name: getattr(operator, name) for name in (*plain, *levels, *frequency)}
        read |= {f"op_{number}_{name}": value for name, value in own.items()}
    assert read == values


@given(VALUES)
def test_values_are_read_as_they_were_set(values: dict[str, int]) -> None:
    voice = set_values(VOICE, values)
    check_voice(voice)
    read = read_values(voice)
    assert {name: read[name] for name in values} == values
    assert voice[145:] == VOICE[145:]  # the name


@pytest.mark.parametrize(("coarse", "ratio"), [(0, 0.5), (1, 1.0), (2, 2.0), (31, 31.0)])
def test_pitch_is_the_logarithm_of_the_ratio(coarse: int, ratio: float) -> None:
    operator = dexed.Patch().op[0]
    operator.frequency_coarse = coarse
    assert operator.frequency_ratio == ratio
    assert 2 ** (pitch_of(coarse, 0) / 12) == pytest.approx(ratio)


# The engine sets the processor to take numbers below the normal ones for zero.
@given(st.floats(*PITCH_RANGE, allow_subnormal=False))
def test_a_pitch_is_rounded_to_the_nearest_ratio(pitch: float) -> None:
    found = pitch_of(*nearest_ratio(pitch))
    best = min(abs(pitch_of(c, f) - pitch) for c in range(32) for f in range(100))
    assert abs(found - pitch) == pytest.approx(best, abs=1e-8)
    assert best <= PITCH_ROUNDING


def test_of_pairs_of_one_pitch_the_purest_is_taken() -> None:
    assert nearest_ratio(pitch_of(2, 50)) == (3, 0)  # three times, not twice and half of it
    assert nearest_ratio(pitch_of(31, 99)) == (31, 99)


@pytest.mark.parametrize("name", ["op_7_pitch", "op_1_levle", "pitch", "name"])
def test_unknown_names_are_refused(name: str) -> None:
    with pytest.raises(UnknownParameter, match=f"a voice of the DX7 has no {name}"):
        set_values(VOICE, {name: 1.0})


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("op_1_output_level", 200, r"200 lies outside the DX7's range \[0, 99\]"),
        ("op_1_output_level", -1, r"-1 lies outside"),
        ("op_1_output_level", float("nan"), "nan lies outside"),
        ("algorithm", 0, r"0 lies outside the DX7's range \[1, 32\]"),
        ("algorithm", 3.5, "expected a whole number, one of its choices, got 3.5"),
        ("op_2_pitch", 80, r"80 lies outside the DX7's range \[-12, 71.3636\] semitones"),
    ],
)
def test_values_out_of_range_are_refused(name: str, value: float, message: str) -> None:
    with pytest.raises(ValueError, match=f"{name}: {message}"):
        set_values(VOICE, {name: value})


def test_a_pitch_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="op_1_pitch and op_1_frequency_fine say the same"):
        set_values(VOICE, {"op_1_pitch": 7.0, "op_1_frequency_fine": 50})


def test_bytes_that_are_no_voice_are_refused() -> None:
    with pytest.raises(ValueError, match="expected a voice of 155 bytes, got 156"):
        check_voice(VOICE + b"?")
    with pytest.raises(ValueError, match="op_6_rate_1: 100 lies outside"):
        check_voice(bytes([100]) + VOICE[1:])
