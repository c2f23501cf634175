"""Read any sound file as the sounds are that a model has learnt from."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from src.common.names import shown
from src.data.onset import NOTHING_DB, Onset, find_onset, offset_of
from src.data.recordings import GAIN, SILENCE_S, Format, check_finite, converted
from src.data.sound_files import SoundFile, read_sound_file
from src.data.sound_forms import CANCELLED, told_apart
from src.rendering.loudness import integrated_loudness
from src.synths.parameters import ParameterTable

LOOKED_AT_S = 60.0  # in which a sound is searched for its start
LEVEL = f"target.wav holds the sound at {GAIN:g} of its level, as models learnt from"
SHORT_S = 0.1
_LEFT_OUT_S = 0.01  # and more of a sound, in front or behind, is remarked
_FULL_SCALE = 0.99
_CLIPPED_RUN = 3  # samples at full scale in a row


@dataclass(frozen=True)
class Target:
    """A sound to match.

    Attributes:
        sound: shape (channels, samples).
        path: file that it comes from.
        remarks: what was changed, or may disappoint.
    """

    sound: NDArray[np.float32]
    path: Path
    remarks: tuple[str, ...]


def read_target(
    path: Path,
    sound_format: Format,
    table: ParameterTable,
    min_loudness: float = float("-inf"),
) -> Target:
    """Read a sound file from where its sound starts (`src.data.onset`).

    Every sound of the data set starts with its note, or soon after: where the table varies the
    start, the sound gets the silence in front that recordings get in the paper's out-of-domain
    test.

    Args:
        path: of any sample rate, length and number of channels.
        sound_format: what the data set's sounds are like.
        table: says when notes start.
        min_loudness: of the data set's sounds, LUFS; less is remarked.

    Returns:
        The sound, at half its level and without a constant offset, and remarks.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, is empty, holds no sound, or holds samples that are not
            finite.
    """
    if not path.exists():
        raise FileNotFoundError(f"{shown(path)}: no such sound file")
    if not path.is_file():
        raise ValueError(f"{shown(path)}: is no file; name the sound files themselves")
    rate = sound_format.sample_rate
    file = read_sound_file(path, LOOKED_AT_S)
    check_finite(file, path)
    offset = offset_of(file.samples, file.sample_rate)
    # Before anything is resampled: an offset begins and ends with a step.
    whole, remarks = converted(replace(file, samples=file.samples - offset), sound_format)
    onset = find_onset(whole, rate)
    _check_heard(path, onset, offset)
    is_varied = any(parameter.kind == "note_on_off" for parameter in table.parameters)
    start = round((SILENCE_S if is_varied else table.note.start_s) * rate)
    room = sound_format.samples - start
    taken = whole[:, onset.start : onset.start + room]
    sound = np.zeros((sound_format.channels, sound_format.samples), dtype=np.float32)
    sound[:, start : start + taken.shape[1]] = GAIN * taken
    is_quiet = integrated_loudness(sound, rate) < min_loudness
    found = [
        *remarks,
        *_form(file, sound_format, is_mixed=CANCELLED not in remarks),
        *_offset(offset),
        *_left_out(onset, file.duration_s, room, rate),
        *_level(whole, taken, is_quiet),
    ]
    return Target(sound, path, tuple(found))


def _check_heard(path: Path, onset: Onset, offset: NDArray[np.float32]) -> None:
    """Refuse what is silent, a constant or a click.

    Raises:
        ValueError: there is no sound.
    """
    if onset.loudest_db > NOTHING_DB:
        return
    if onset.has_clicks:
        reason = "holds no sound, only clicks of less than 15 ms"
    elif offset.any():
        reason = f"holds no sound, only a constant offset of {_largest(offset):.2g} of full scale"
    else:
        reason = "is silent"
    raise ValueError(
        f"{shown(path)}: {reason} (in its first {LOOKED_AT_S:g} s); there is nothing to match"
    )


def _form(file: SoundFile, sound_format: Format, is_mixed: bool) -> list[str]:
    """Say what of a file's form may disappoint."""
    remarks, rate, channels = [], file.sample_rate, len(file.samples)
    if channels == 1 and sound_format.channels == 2:
        remarks.append("is mono; the same sound stands on both channels")
    if channels > sound_format.channels and is_mixed:
        remarks.append(f"its {channels} channels were mixed to {sound_format.channels}")
    if rate < sound_format.sample_rate:
        remarks.append(
            f"has {rate:g} samples per second: nothing above {rate / 2:g} Hz, where the "
            "synthesizer's sounds may have something"
        )
    if rate > sound_format.sample_rate:
        remarks.append(
            f"what it has above {sound_format.sample_rate / 2:g} Hz is not heard by the model"
        )
    if _is_clipped(file.samples):
        remarks.append("is clipped; it is matched as it is, so expect distortion in the match")
    return remarks


def _offset(offset: NDArray[np.float32]) -> list[str]:
    if not offset.any():
        return []
    return [f"a constant offset of {_largest(offset):.2g} of full scale was removed"]


def _largest(offset: NDArray[np.float32]) -> float:
    return float(offset.ravel()[np.abs(offset).argmax()])


def _left_out(onset: Onset, duration_s: float, room: int, rate: int) -> list[str]:
    """Say how much of the file is not matched, in front and behind."""
    remarks = []
    skipped_s, room_s = onset.start / rate, room / rate
    if skipped_s > _LEFT_OUT_S:
        kind = "silence in front"
        if onset.noise_db is not None:
            kind = (
                f"noise in front ({onset.noise_db:.0f} dB of full scale; the sound reaches "
                f"{onset.loudest_db:.0f} dB)"
            )
        elif onset.has_clicks:
            kind = "silence in front, clicks included"
        part, whole = told_apart(skipped_s, duration_s)
        remarks.append(f"the first {part} s of its {whole} s are {kind} and were left out")
    left_s = duration_s - skipped_s
    if left_s > room_s + _LEFT_OUT_S:
        part, whole = told_apart(room_s, duration_s)
        remarks.append(f"only {part} s of its {whole} s are matched")
    elif left_s < SHORT_S:
        remarks.append(f"is very short ({1000 * left_s:.0f} ms); silence follows")
    return remarks


def _level(whole: NDArray[np.float32], taken: NDArray[np.float32], is_quiet: bool) -> list[str]:
    """Say that a sound is louder or quieter than sounds are."""
    of_file, of_part = (20 * math.log10(float(np.abs(x).max())) for x in (whole, taken))
    if is_quiet:
        what = f"its peak at {of_file:.0f} dB of full scale"
        if of_part < of_file - 1:
            what = f"the part that is matched, its peak at {of_part:.0f} dB of full scale"
        return [f"is nearly silent ({what}), quieter than the model's sounds"]
    if of_file > 20 * math.log10(1 / GAIN):
        return [f"reaches {of_file:.0f} dB above full scale"]
    return []


def _is_clipped(sound: NDArray[np.float32]) -> bool:
    """Whether the largest value, near full scale, is held for several samples."""
    peak = float(np.abs(sound).max(initial=0.0))
    if peak < _FULL_SCALE:
        return False
    at_peak = np.abs(sound) >= peak * (1 - 1e-4)
    held = at_peak[:, : max(0, at_peak.shape[1] - _CLIPPED_RUN + 1)].copy()
    for later in range(1, _CLIPPED_RUN):
        held &= at_peak[:, later : later + held.shape[1]]
    return bool(held.any())
