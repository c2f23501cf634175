"""Recordings as a data set file, so that models can be given sounds of unknown parameters.

The file is what a rendered split is, without parameters. As in the paper's out-of-domain test, each
sound gets 0.05 s of silence in front, is cut or continued with silence to the data set's duration,
and halved.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from src.common.files import DiskFull
from src.common.hdf5 import create_hdf5, open_hdf5
from src.common.names import shown
from src.common.progress import Progress
from src.data.onset import NOTHING_DB, find_onset
from src.data.rendered.shard_layout import BUFFER_ROWS, create_rows, write_rows
from src.data.sound_files import SUFFIXES, SoundFile, read_sound_file
from src.data.sound_forms import CANCELLED, mixed, resampled
from src.rendering.spectrogram import MelSettings, mel_spectrogram

logger = logging.getLogger(__name__)

SILENCE_S = 0.05
GAIN = 0.5
_MARGIN_S = 0.05  # read beyond the cut, so that the resampling filter does not see it
# Of files that do not say; the published ones.
_PUBLISHED = MelSettings(sample_rate=44_100)


@dataclass(frozen=True)
class Format:
    """What the sounds of a data set are like.

    Attributes:
        sample_rate: samples per second.
        channels: 1 or 2.
        samples: length of a sound.
        mel: resolution of the spectrogram.
    """

    sample_rate: int
    channels: int
    samples: int
    mel: MelSettings

    @classmethod
    def of(cls, path: str | Path) -> Format:
        """Read the format from a data set file.

        Args:
            path: rendered file, whose ``audio`` may be without data.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it does not say what its sounds are like.
        """
        with open_hdf5(path) as file:
            if missing := {"audio", "mel_spec"} - set(file):
                raise ValueError(f"{path}: no data set {sorted(missing)}; name a rendered split")
            audio = file["audio"]
            if "sample_rate" not in audio.attrs:
                raise ValueError(f"{path}: audio has no attribute sample_rate; render it again")
            rate = round(float(audio.attrs["sample_rate"]))
            settings = MelSettings(
                rate,
                int(file.attrs.get("mel_bands", _PUBLISHED.bands)),
                float(file.attrs.get("mel_window_s", _PUBLISHED.window_s)),
                int(file.attrs.get("mel_frames_per_second", _PUBLISHED.frames_per_second)),
            )
            _, channels, samples = audio.shape
            found, expected = file["mel_spec"].shape[1:], settings.shape(channels, samples)
        if found != expected:
            raise ValueError(
                f"{path}: spectrograms of shape {found}, but {settings} gives {expected}; the "
                "file has to name mel_bands, mel_window_s and mel_frames_per_second, as files do "
                "that src.render writes: render it again"
            )
        return cls(rate, channels, samples, settings)


def prepare_recordings(
    folder: str | Path, like: str | Path, output: str | Path, limit: int | None = None
) -> tuple[int, list[str]]:
    """Write the sounds of a folder, and its folders, as one data set file.

    Args:
        folder: searched for sound files; they are taken in the order of their paths.
        like: file of a rendered data set; gives sample rate, channels, duration and the
            resolution of the spectrograms.
        output: HDF5 file to write: ``audio``, ``mel_spec`` and ``name``, the files' names.
        limit: take only so many of the files found, from the first.

    Returns:
        Number of sounds written, and why each of the others was left out.

    Raises:
        FileNotFoundError: the folder or the data set file is missing.
        ValueError: the folder holds no sound that can be read, or the data set file does not say
            what its sounds are like.
    """
    folder, sound_format = Path(folder), Format.of(like)
    paths = find_sounds(folder, limit)
    skipped: list[str] = []
    with (
        create_hdf5(output) as file,
        Progress("preparing", len(paths), "sounds") as progress,
    ):
        rows = _Rows(file, len(paths), sound_format)
        for path in paths:
            name = path.relative_to(folder).as_posix()
            try:
                sound, remarks = read_recording(path, sound_format)
            except DiskFull:
                raise
            except (ValueError, OSError, MemoryError) as error:
                logger.warning("left out: %s", error)
                skipped.append(str(error))
            else:
                for remark in remarks:
                    logger.warning("%s: %s", shown(name), remark)
                rows.append(shown(name), sound)
            progress.advance()
        if rows.finish() == 0:
            raise ValueError(f"{shown(folder)}: none of its {len(paths)} sound files can be read")
        _describe(file, folder, sound_format)
    return rows.written, skipped


def find_sounds(folder: Path, limit: int | None = None) -> list[Path]:
    """List the sound files of a folder and its folders, sorted by path; hidden files are ignored.

    Raises:
        FileNotFoundError: there is no such folder.
        ValueError: it holds no sound file, or the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit: expected at least 1, got {limit}")
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of sounds; docs/out_of_domain.md helps")
    paths = [
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if not paths:
        raise ValueError(f"{folder}: holds no sound file ({', '.join(SUFFIXES)})")
    return sorted(paths, key=lambda path: path.relative_to(folder).parts)[:limit]


def read_sound(path: Path, sound_format: Format) -> NDArray[np.float32]:
    """Read the start of a sound file as a data set's sounds are.

    Args:
        path: sound file of any sample rate, length and number of channels.
        sound_format: of the result.

    Returns:
        0.05 s of silence, then half the sound; shape (channels, samples).

    Raises:
        ValueError: the file cannot be read, is empty or holds samples that are not finite.
    """
    return read_recording(path, sound_format)[0]


def read_recording(path: Path, sound_format: Format) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Read a sound file as `read_sound` does; and say what was changed.

    Raises:
        ValueError: the file cannot be read, is empty or holds samples that are not finite.
    """
    lead = round(SILENCE_S * sound_format.sample_rate)
    room = sound_format.samples - lead
    file = read_sound_file(path, room / sound_format.sample_rate + _MARGIN_S)
    check_finite(file, path)
    sound, remarks = converted(file, sound_format)
    if find_onset(file.samples, file.sample_rate).loudest_db <= NOTHING_DB:
        remarks = (*remarks, "holds no sound in the part that is taken")
    result = np.zeros((sound_format.channels, sound_format.samples), dtype=np.float32)
    sound = GAIN * sound[:, :room]
    result[:, lead : lead + sound.shape[1]] = sound
    return result, remarks


def check_finite(file: SoundFile, path: Path) -> None:
    """Refuse samples that are not finite.

    Raises:
        ValueError: there are some.
    """
    finite = np.isfinite(file.samples).all(axis=0)
    if not finite.all():
        first_s = float(finite.argmin()) / file.sample_rate
        raise ValueError(
            f"{shown(path)}: holds samples that are not finite, {int((~finite).sum())} from "
            f"{first_s:.3g} s on; repair or export it again"
        )


def converted(file: SoundFile, sound_format: Format) -> tuple[NDArray[np.float32], tuple[str, ...]]:
    """Give what was read the channels and the sample rate of a data set.

    Args:
        file: what was read, finite.
        sound_format: of the data set.

    Returns:
        Shape (channels, samples), of the length and level that it has; and remarks.
    """
    sound, is_cancelled = mixed(file.samples, sound_format.channels)
    sound = resampled(sound, file.sample_rate, sound_format.sample_rate)
    sound = np.broadcast_to(sound, (sound_format.channels, sound.shape[1]))
    return sound, (*file.remarks, CANCELLED) if is_cancelled else file.remarks


class _Rows:
    """Append rows to a file in blocks; memory does not grow with their number.

    Args:
        file: open for writing.
        most: number of rows that there can be.
        sound_format: of the sounds.
    """

    def __init__(self, file: h5py.File, most: int, sound_format: Format) -> None:
        self.file = file
        self.mel = sound_format.mel
        self.written = 0
        sound = (sound_format.channels, sound_format.samples)
        shapes = {"audio": sound, "mel_spec": self.mel.shape(*sound)}
        for field, shape in shapes.items():
            create_rows(file, field, most, shape, "f2")
        self._names: list[str] = []
        self._buffer: dict[str, list[NDArray[np.float32]]] = {field: [] for field in shapes}

    def append(self, name: str, sound: NDArray[np.float32]) -> None:
        """Append a sound."""
        self._names.append(name)
        self._buffer["audio"].append(sound)
        self._buffer["mel_spec"].append(mel_spectrogram(sound, self.mel))
        if len(self._names) - self.written == BUFFER_ROWS:
            self._flush()

    def finish(self) -> int:
        """Write what is left, give the data sets their final size, and return it."""
        self._flush()
        for field in self._buffer:
            data = self.file[field]
            data.resize(self.written, axis=0)
            data.flush()
        names = np.array(self._names, dtype=h5py.string_dtype())
        self.file.create_dataset("name", data=names, track_times=False)
        return self.written

    def _flush(self) -> None:
        stop = len(self._names)
        if stop == self.written:
            return
        for field, rows in self._buffer.items():
            write_rows(self.file[field], self.written, np.stack(rows).astype(np.float16))
            rows.clear()
        self.written = stop


def _describe(file: h5py.File, folder: Path, sound_format: Format) -> None:
    """Say in attributes what the file holds; no ``table_digest``: the sounds have no parameters."""
    root: dict[str, Any] = {
        "dataset": shown(folder.resolve().name),
        "mel_bands": sound_format.mel.bands,
        "mel_frames_per_second": sound_format.mel.frames_per_second,
        "mel_window_s": sound_format.mel.window_s,
        "split": "test",
    }
    audio: dict[str, Any] = {
        "channels": sound_format.channels,
        "gain": GAIN,
        "sample_rate": sound_format.sample_rate,
        "signal_duration_seconds": sound_format.samples / sound_format.sample_rate,
        "silence_in_front_s": SILENCE_S,
        "stored": True,
    }
    for holder, facts in ((file, root), (file["audio"], audio)):
        for name, value in facts.items():
            holder.attrs[name] = value
