"""What is said of a match: that it ends early, its level, and what sounds the model knows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from src.matching.candidates import Yardstick
from src.matching.outputs import Played
from src.synths.parameters import ParameterTable

_END_S = 0.05  # of the sound, in which it is looked whether it goes on
_GOES_ON_DB = -40.0  # and above, below its loudest 50 ms
_HEARD_DB = 1.0


def longest_note_s(table: ParameterTable) -> float:
    """Tell when the longest note of a table ends, seconds."""
    ends = [table.note.end_s]
    for parameter in table.parameters:
        if parameter.name == "note_off":
            ends = [parameter.high]
        elif parameter.kind == "note_on_off":
            ends = [table.duration_s]
    return float(ends[0])


def goes_on(sound: NDArray[np.float32], sample_rate: int, longest_s: float) -> bool:
    """Whether a sound is still heard at its end, though every note has ended before.

    Args:
        sound: shape (channels, samples).
        sample_rate: Hz.
        longest_s: end of the longest note, seconds.
    """
    size = round(_END_S * sample_rate)
    if sound.shape[1] <= round(longest_s * sample_rate) + size:
        return False
    count = sound.shape[1] // size
    powers = np.square(sound[:, -count * size :], dtype=np.float64)
    powers = powers.reshape(len(sound), count, size).mean(axis=(0, 2))
    return bool(powers[-1] > powers.max() * 10 ** (_GOES_ON_DB / 10))


def on_length(table: ParameterTable, is_longer: bool, played: Played) -> list[str]:
    """Say that a sound is longer than the model's notes, and what helps."""
    if not is_longer:
        return []
    longest = f"{longest_note_s(table):g} s"
    what = f"lasts longer than the longest note that the model has learnt ({longest})"
    if played.is_held:
        return [
            f"{what}: match.wav holds the note to the end; hold the key as long as the sound shall "
            "last"
        ]
    return [
        f"{what}, so the match ends early, and holding the note brought it no closer; try the "
        "preset with a longer note all the same, or a model of a table with longer notes (--synth)"
    ]


def on_level(played: Played) -> list[str]:
    """Say what of the level is not in the preset."""
    rest = played.gain_db - played.preset_gain_db
    if abs(rest) < _HEARD_DB:
        return []
    turn = "up" if rest > 0 else "down"
    return [
        f"match.wav was turned {turn} by {abs(rest):.0f} dB to the level of the sound, which the "
        f"preset does not hold: turn its volume {turn}"
    ]


def on_distance(yardstick: Yardstick | None, table: ParameterTable, played: Played) -> list[str]:
    """Say that a match is worse than those of test sounds, and what sounds the model knows."""
    remark = yardstick and yardstick.remark(played.scores["mss"])
    return [f"{remark}. {known_sounds(table)}"] if remark else []


def known_sounds(table: ParameterTable) -> str:
    """Say what kind of sounds a model of a table knows."""
    varied = {parameter.name for parameter in table.parameters}
    pitch = "notes of any pitch of its table"
    if "pitch" not in varied:
        pitch = f"notes of one key, MIDI {table.note.pitch}"
    return (
        f"It knows single {pitch}, of up to {longest_note_s(table):g} s, that start at once; not "
        "chords, speech, noise or recordings of rooms"
    )
