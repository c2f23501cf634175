"""Read any sound file as the sounds are that a model has learnt from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard.io import AudioFile

from src.data.recordings import GAIN, SILENCE_S, Format, read_sound
from src.data.sound_files import share_there
from src.metrics.audio import SILENT_PEAK
from src.rendering.loudness import integrated_loudness
from src.synths.parameters import ParameterTable

LOOKED_AT_S = 60.0  # in which a sound is searched for its start
START_DB = -60.0  # below the peak: what lies under it is taken for silence in front
KEPT_S = 0.005  # before the start, for what a slow attack does below START_DB
SHORT_S = 0.1
_FULL_SCALE = 0.99
_CLIPPED_RUN = 3  # samples at full scale in a row
# Silence takes less in a FLAC or Ogg file (measured: 4.2 kB and 170 bytes a second at most).
_SILENT_BYTES = 5000
_SILENT_BYTES_PER_S = 200


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
    """Read a sound file.

    Where the table varies the start of the note, the sound is prepared as recordings are in the
    paper's out-of-domain test. Elsewhere every sound of the data set starts with its note, so
    silence in front is cut.

    Args:
        path: of any sample rate, length and number of channels.
        sound_format: what the data set's sounds are like.
        table: says when notes start.
        min_loudness: of the data set's sounds, LUFS; less is remarked.

    Returns:
        The sound, at half its level, and remarks.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it cannot be read, is empty, silent or cut off, or holds samples that are not
            finite.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such sound file")
    if not path.is_file():
        raise ValueError(f"{path}: is no file; name the sound files themselves")
    rate, lead = sound_format.sample_rate, round(SILENCE_S * sound_format.sample_rate)
    longest = replace(sound_format, samples=lead + round(LOOKED_AT_S * rate))
    try:
        whole = read_sound(path, longest)[:, lead:]
    except ValueError as error:
        _check_decoded(path, 0.0, error)
        raise
    peak = float(np.abs(whole).max())
    remarks, duration_s = _remarks(path, sound_format)
    if peak < SILENT_PEAK:
        _check_decoded(path, duration_s)
        raise ValueError(
            f"{path}: is silent in its first {LOOKED_AT_S:g} s; there is nothing to match"
        )
    skipped = 0
    if any(parameter.kind == "note_on_off" for parameter in table.parameters):
        start = lead
    else:
        start = round(table.note.start_s * rate)
        loud = np.abs(whole).max(axis=0) > peak * 10 ** (START_DB / 20)
        skipped = max(0, int(loud.argmax()) - round(KEPT_S * rate))
        if skipped > round(KEPT_S * rate):
            remarks.append(f"{skipped / rate:.2f} s of silence in front were cut")
    sound = np.zeros((sound_format.channels, sound_format.samples), dtype=np.float32)
    room = sound_format.samples - start
    taken = whole[:, skipped : skipped + room]
    sound[:, start : start + taken.shape[1]] = taken
    peak = float(np.abs(sound).max())
    if peak < SILENT_PEAK:
        raise ValueError(
            f"{path}: is silent in its first {room / rate:g} s, which the model hears; cut the "
            "silence in front"
        )
    left_s = duration_s - skipped / rate
    if left_s > (room + 1) / rate:
        remarks.append(f"only {room / rate:g} s of its {duration_s:.3g} s are matched")
    elif left_s < SHORT_S:
        remarks.append(f"is very short ({1000 * left_s:.0f} ms); silence follows")
    decibels = 20 * np.log10(peak / GAIN)
    if integrated_loudness(sound, rate) < min_loudness:
        remarks.append(
            f"is nearly silent (its peak at {decibels:.0f} dB of full scale), quieter than the "
            "model's sounds"
        )
    elif peak > 1:  # at half its level
        remarks.append(f"reaches {decibels:.0f} dB above full scale")
    return Target(sound, path, tuple(remarks))


def _check_decoded(path: Path, duration_s: float, error: Exception | None = None) -> None:
    """Refuse a file that gave only silence, but is cut off or larger than silence is.

    Args:
        path: of any format.
        duration_s: of the silence.
        error: why nothing was decoded.

    Raises:
        ValueError: its end is missing, or it is a FLAC or Ogg file that holds more than that.
    """
    content = path.read_bytes()
    size = len(content) if content[:4] in (b"fLaC", b"OggS") else 0
    if content[:4] == b"fLaC":  # what is described in front, pictures and room for more: no sound
        at, is_last = 4, False
        while not is_last and at + 4 <= size:
            is_last = content[at] >= 128
            at += 4 + int.from_bytes(content[at + 1 : at + 4])
        size -= at
    if size > _SILENT_BYTES + _SILENT_BYTES_PER_S * duration_s or share_there(path) < 1:
        raise ValueError(f"{path}: is cut off or cannot be decoded") from error


def _remarks(path: Path, sound_format: Format) -> tuple[list[str], float]:
    """Say what of the file may disappoint; and its duration in seconds."""
    with AudioFile(str(path)) as file:
        rate, frames, channels = file.samplerate, file.frames, file.num_channels
        sound = file.read(min(frames, int(LOOKED_AT_S * rate)))
    remarks = []
    if channels == 1 and sound_format.channels == 2:
        remarks.append("is mono; the same sound stands on both channels")
    if channels > sound_format.channels:
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
    if _is_clipped(sound):
        remarks.append("is clipped; it is matched as it is, so expect distortion in the match")
    duration_s, share = frames / rate, share_there(path)
    if share < 1:
        remarks.append(
            f"is cut off: {share * duration_s:.3g} of {duration_s:.3g} s are there, and silence "
            "follows"
        )
    return remarks, share * duration_s


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


LEVEL = f"target.wav holds the sound at {GAIN:g} of its level, as models learnt from"
