"""The DX7's voice: 155 bytes, the names and ranges of what they hold, and pitches as ratios.

The layout is that of the DX7's own dump of one voice (format 0 of its MIDI data): six operators of
21 bytes, operator 6 first, then what they share, then ten letters of a name.
"""

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass

from src.synths.synth import UnknownParameter

VOICE_BYTES = 155
OPERATORS = (1, 2, 3, 4, 5, 6)
_OPERATOR_BYTES = 21
_SLACK = 1e-4  # what a value may lie outside its range, from single precision


@dataclass(frozen=True)
class Field:
    """One byte of a voice.

    Attributes:
        offset: of the byte.
        high: largest value.
        low: smallest value, which the byte 0 stands for.
        is_choice: whether values are names of things, with nothing between two of them.
    """

    offset: int
    high: int
    low: int = 0
    is_choice: bool = False


def _numbered(name: str, offset: int) -> dict[str, Field]:
    return {f"{name}_{i}": Field(offset + i - 1, 99) for i in (1, 2, 3, 4)}


# Of one operator, from its first byte.
OPERATOR_FIELDS = {
    **_numbered("rate", 0),
    **_numbered("level", 4),
    "breakpoint": Field(8, 99),
    "left_depth": Field(9, 99),
    "right_depth": Field(10, 99),
    "left_curve": Field(11, 3, is_choice=True),
    "right_curve": Field(12, 3, is_choice=True),
    "rate_scaling": Field(13, 7),
    "amp_mod_sensitivity": Field(14, 3),
    "velocity_sensitivity": Field(15, 7),
    "output_level": Field(16, 99),
    "frequency_mode": Field(17, 1, is_choice=True),
    "frequency_coarse": Field(18, 31),
    "frequency_fine": Field(19, 99),
    "detune": Field(20, 14),
}
_SHARED_FIELDS = {
    **_numbered("pitch_rate", 126),
    **_numbered("pitch_level", 130),
    "algorithm": Field(134, 32, low=1, is_choice=True),
    "feedback": Field(135, 7),
    "osc_key_sync": Field(136, 1, is_choice=True),
    "lfo_speed": Field(137, 99),
    "lfo_delay": Field(138, 99),
    "lfo_pitch_mod_depth": Field(139, 99),
    "lfo_amp_mod_depth": Field(140, 99),
    "lfo_sync": Field(141, 1, is_choice=True),
    "lfo_wave": Field(142, 5, is_choice=True),
    "pitch_mod_sensitivity": Field(143, 7),
    "transpose": Field(144, 48),
}
FIELDS = {
    **{
        f"op_{i}_{name}": Field(
            (6 - i) * _OPERATOR_BYTES + field.offset, field.high, field.low, field.is_choice
        )
        for i in OPERATORS
        for name, field in OPERATOR_FIELDS.items()
    },
    **_SHARED_FIELDS,
}


def pitch_of(coarse: int, fine: int) -> float:
    """Return the pitch of an operator in ratio mode.

    Args:
        coarse: 0 to 31; 0 stands for a half.
        fine: 0 to 99, hundredths of ``coarse`` on top of it.

    Returns:
        Semitones above the note.

    Example:
        >>> pitch_of(0, 0), pitch_of(1, 0), pitch_of(2, 0)
        (-12.0, 0.0, 12.0)
    """
    return 12 * math.log2((coarse or 0.5) * (1 + fine / 100))


# Coarse and fine by pitch; of several pairs the last stays, which has the smallest fine part.
_RATIOS = {
    round(pitch_of(coarse, fine), 9): (coarse, fine)
    for fine in reversed(range(100))
    for coarse in range(32)
}
_PITCHES = sorted(_RATIOS)
PITCH_NAMES = {f"op_{i}_pitch": f"op_{i}_frequency" for i in OPERATORS}
PITCH_RANGE = (_PITCHES[0], _PITCHES[-1])
PITCH_ROUNDING = 0.0862  # half of the widest gap between two pitches, semitones


def nearest_ratio(pitch: float) -> tuple[int, int]:
    """Return the coarse and fine part of the frequency that is nearest to a pitch.

    Args:
        pitch: semitones above the note, in ``PITCH_RANGE``.

    Returns:
        coarse and fine; of several pairs of the same pitch the one with the smallest fine part.

    Example:
        >>> nearest_ratio(0.0), nearest_ratio(19.02), nearest_ratio(-12.0)
        ((1, 0), (3, 0), (0, 0))
    """
    i = bisect.bisect_left(_PITCHES, pitch)
    near = _PITCHES[max(i - 1, 0) : i + 1]
    return _RATIOS[min(near, key=lambda known: abs(known - pitch))]


def set_values(voice: bytes, values: Mapping[str, float]) -> bytes:
    """Change a voice.

    Args:
        voice: 155 bytes.
        values: by name of ``FIELDS`` or ``PITCH_NAMES``; those of no choice are rounded to the
            whole numbers of the DX7, a pitch to the nearest ratio.

    Returns:
        The changed voice, 155 bytes.

    Raises:
        UnknownParameter: there is no such name.
        ValueError: a value lies outside its range, is no choice, or a pitch is given twice.
    """
    changed = bytearray(voice)
    for name, value in values.items():
        if name in PITCH_NAMES:
            _check_range(name, value, *PITCH_RANGE, "semitones")
            fields = [f"{PITCH_NAMES[name]}_{part}" for part in ("coarse", "fine")]
            if twice := [field for field in fields if field in values]:
                raise ValueError(f"{name} and {', '.join(twice)} say the same; leave one out")
            numbers = dict(zip(fields, nearest_ratio(value), strict=True))
        elif name in FIELDS:
            numbers = {name: _whole(name, value)}
        else:
            raise UnknownParameter(f"a voice of the DX7 has no {name}")
        for field, number in numbers.items():
            changed[FIELDS[field].offset] = number - FIELDS[field].low
    return bytes(changed)


def read_values(voice: bytes) -> dict[str, float]:
    """Read all values of a voice, the inverse of ``set_values``.

    Args:
        voice: 155 bytes or more.

    Returns:
        Values by name; pitches of those operators that follow the note.
    """
    values = {name: float(voice[field.offset] + field.low) for name, field in FIELDS.items()}
    for name, frequency in PITCH_NAMES.items():
        if not values[f"{frequency}_mode"]:
            coarse, fine = (int(values[f"{frequency}_{part}"]) for part in ("coarse", "fine"))
            values[name] = pitch_of(coarse, fine)
    return values


def check_voice(voice: bytes) -> None:
    """Refuse bytes that are no voice.

    Raises:
        ValueError: the length is wrong, or a byte lies outside its range.
    """
    if len(voice) != VOICE_BYTES:
        raise ValueError(f"expected a voice of {VOICE_BYTES} bytes, got {len(voice)}")
    for name, value in read_values(voice).items():
        if name in FIELDS:
            _whole(name, value)


def _whole(name: str, value: float) -> int:
    field = FIELDS[name]
    _check_range(name, value, field.low, field.high)
    whole = math.floor(value + 0.5)
    if field.is_choice and abs(whole - value) > _SLACK:
        raise ValueError(f"{name}: expected a whole number, one of its choices, got {value:g}")
    return min(max(whole, field.low), field.high)


def _check_range(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    if not low - _SLACK <= value <= high + _SLACK:
        text = f"{name}: {value:g} lies outside the DX7's range [{low:.6g}, {high:.6g}]"
        raise ValueError(f"{text} {unit}".rstrip())
