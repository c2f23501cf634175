"""Sound files: read as they come, written whole; folders of them, written whole or not at all."""

import io
import math
import mmap
import os
import re
import secrets
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from pedalboard.io import AudioFile

from src.common.files import explain_full_disk, make_folder
from src.common.names import shown
from src.data.sound_forms import told_apart
from src.data.sound_headers import data_chunk, is_length_of_mp3_stated, is_whole_ogg

# Files in the folders that command lines write: numbered sounds, and sets of the listening page.
WRITTEN = (
    r"\d{6,}\.wav|items\.json|(sounds|spectrograms)/\d{6,}-.+\.(flac|png)|downloads/.+\.zip"
    r"|\.snakemake_timestamp"
)
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # that file managers leave in folders
SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".mp3", ".ogg")  # of files that are read

RATES = (1_000, 768_000)  # samples per second; what lies outside is no sound's rate
LOUDEST = 1000.0  # of full scale, 60 dB: above it samples are numbers in another unit
_BLOCK, _CAREFUL = 1 << 16, 64  # frames read at once; near an error, whose block is lost
_UNKNOWN = 1 << 62  # frames, and above: a header that states no length
_MP3_FRAMES = 1152  # by which the length of an MP3 may be off


@dataclass(frozen=True)
class SoundFile:
    """What a sound file holds.

    Attributes:
        samples: shape (channels, samples), full scale 1; may hold NaN and infinite samples.
        sample_rate: samples per second.
        duration_s: of the whole file, as far as it is there; what was read may be less.
        stated_s: by its header; None where that states none.
        is_cut: whether some of it is missing or cannot be decoded.
        remarks: on what is missing and what was changed.
    """

    samples: NDArray[np.float32]
    sample_rate: int
    duration_s: float
    stated_s: float | None
    is_cut: bool
    remarks: tuple[str, ...]


def read_sound_file(path: Path, longest_s: float = math.inf) -> SoundFile:
    """Read a sound file, however it came to be.

    Sizes that a header leaves open are those of the file. Memory goes with the samples that are
    there, whatever the header says. Samples in another unit than full scale (above `LOUDEST`) are
    scaled to it.

    Args:
        path: WAV, FLAC, AIFF, MP3 or Ogg; its name may be any that the system has.
        longest_s: what follows is not read, seconds.

    Returns:
        The samples, and what is to be said about them.

    Raises:
        ValueError: it cannot be read, holds no samples, or has a rate that is none of a sound.
    """
    try:
        with _opened(path) as file:
            rate, frames, encoding = file.samplerate, file.frames, file.format
            if not RATES[0] <= rate <= RATES[1]:
                raise ValueError(
                    f"{shown(path)}: its header says {rate} samples per second, expected "
                    f"{RATES[0]} to {RATES[1]}; correct the header or convert the file"
                )
        wanted = None if math.isinf(longest_s) else math.ceil(longest_s * rate)
        samples, is_broken = _decoded(path, wanted)
        share = 1.0 if (chunk := data_chunk(path)) is None else chunk.share
        is_whole = is_whole_ogg(path)
        is_known = frames < _UNKNOWN and (encoding != "MP3" or is_length_of_mp3_stated(path))
    except (OSError, RuntimeError, struct.error) as error:
        reason = getattr(error, "error_string", "") or getattr(error, "strerror", "") or error
        raise ValueError(f"{shown(path)}: cannot be read ({reason})") from error
    count = samples.shape[1]
    if count == 0:
        is_empty = not is_broken and share == 1 and is_whole and frames == 0
        reason = "is empty" if is_empty else "is cut off or cannot be decoded"
        raise ValueError(f"{shown(path)}: {reason}; it holds no samples")
    is_all = wanted is None or count < wanted
    there = count if is_all or not is_known else frames
    stated = round(frames / share) if share else 0
    missing = stated - there > (_MP3_FRAMES if encoding == "MP3" else 1)
    is_cut = not is_whole or (is_known and missing)
    stated_s = stated / rate if is_known and is_whole else None
    remarks = _missing(there / rate, stated_s, is_broken) if is_cut or is_broken else []
    samples, scaled = _at_full_scale(samples)
    return SoundFile(samples, rate, there / rate, stated_s, is_cut, tuple(remarks + scaled))


def _missing(there_s: float, stated_s: float | None, is_broken: bool) -> list[str]:
    """Say how much of a file is there."""
    if stated_s is None:
        return [f"states no length or is cut off: {there_s:.3g} s can be decoded"]
    there, stated = told_apart(there_s, stated_s)
    if is_broken:
        return [f"is damaged: {there} of {stated} s can be decoded, and silence follows"]
    return [f"is cut off: {there} of {stated} s are there, and silence follows"]


def _at_full_scale(samples: NDArray[np.floating]) -> tuple[NDArray[np.float32], list[str]]:
    """Scale samples that are in another unit; and say so."""
    # One channel after the other: the absolute values of all would take as much memory again.
    largest = [max(-channel.min(), channel.max()) for channel in samples]
    peak = float(max(largest))
    if not LOUDEST < peak < math.inf:
        return samples.astype(np.float32, copy=False), []
    above = f"reaches {peak:.3g} times full scale and was scaled to it"
    return (samples / samples.dtype.type(peak)).astype(np.float32), [above]


@contextmanager
def _opened(path: Path) -> Iterator[soundfile.SoundFile]:
    """Open a file, with the size of its samples in the header where that was never written."""
    chunk = data_chunk(path)
    name = os.fsencode(path)
    if chunk is None or not chunk.is_unclosed:
        with soundfile.SoundFile(name) as file:
            yield file
        return
    with (
        path.open("rb") as raw,
        mmap.mmap(raw.fileno(), 0, access=mmap.ACCESS_COPY) as patched,  # the file stays as it is
    ):
        size = struct.pack(f"{chunk.order}I", min(chunk.there, 2**32 - 1))
        patched[chunk.start - 4 : chunk.start] = size
        with soundfile.SoundFile(patched) as file:
            yield file


def _decoded(path: Path, wanted: int | None) -> tuple[NDArray[np.floating], bool]:
    """Decode as many frames as are wanted, or as there are; and tell whether an error ended it.

    A decoder drops the block in which it meets an error, so that block is read in small steps.
    """
    parts: list[NDArray[np.floating]] = []
    is_broken = _append(path, parts, wanted, _BLOCK)
    if is_broken:
        _append(path, parts, wanted, _CAREFUL)
    if not parts:
        return np.zeros((1, 0), np.float32), is_broken
    return np.concatenate(parts).T, is_broken


def _append(path: Path, parts: list[NDArray[np.floating]], wanted: int | None, size: int) -> bool:
    """Append blocks of a file; whether an error ended it.

    Args:
        path: of the file.
        parts: blocks of ``_BLOCK`` frames that are there already; those that follow are added,
            shape (frames, channels).
        wanted: frames; None for all.
        size: of the blocks that are added, frames.
    """
    with _opened(path) as file:
        kind = "float64" if file.subtype == "DOUBLE" else "float32"
        for _ in list(parts):
            file.read(_BLOCK, dtype=kind)
        left = math.inf if wanted is None else wanted - sum(len(part) for part in parts)
        while left > 0:
            asked = int(min(size, left))
            try:
                block = file.read(asked, dtype=kind, always_2d=True)
            except soundfile.SoundFileRuntimeError:
                return True
            if len(block):
                parts.append(block)
            if len(block) < asked:
                return False
            left -= asked
    return False


def read_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """Read a sound file.

    Args:
        path: WAV, FLAC, AIFF, MP3 or OGG.

    Returns:
        Samples, shape (channels, samples), and the sample rate in Hz.

    Raises:
        ValueError: it cannot be read, or holds no samples.
    """
    file = read_sound_file(path)
    return file.samples, file.sample_rate


def write_wav(path: str | Path, sound: NDArray[np.float32], sample_rate: int) -> None:
    """Write a WAV file of 32-bit floats, so that nothing is clipped or rounded.

    Args:
        path: file to write.
        sound: shape (channels, samples).
        sample_rate: samples per second.

    Raises:
        DiskFull: there was no room for it.
    """
    write_audio(path, sound, sample_rate, "wav", 32)


def write_audio(
    path: str | Path, sound: NDArray[np.float32], sample_rate: int, form: str, bits: int
) -> None:
    """Write a sound file.

    It is encoded in memory: the library takes only names that are UTF-8, and does not say why it
    could not write.

    Args:
        path: file to write.
        sound: shape (channels, samples).
        sample_rate: samples per second.
        form: ``wav`` or ``flac``.
        bits: of a sample; 32 are floats.

    Raises:
        DiskFull: there was no room for it.
    """
    encoded = io.BytesIO()
    with AudioFile(encoded, "w", sample_rate, sound.shape[0], bit_depth=bits, format=form) as file:
        file.write(np.ascontiguousarray(sound, dtype=np.float32))
    with explain_full_disk(Path(path)):
        Path(path).write_bytes(encoded.getbuffer())


def item_name(item: int) -> str:
    """Name an item's files, so that they sort by number."""
    return f"{item:06d}"


def check_replaceable(path: Path, written: str = WRITTEN) -> None:
    """Refuse to put a folder where something lies that is not one of its kind.

    Args:
        path: where the folder is to be.
        written: regular expression for the files of such a folder, as paths within it.

    Raises:
        ValueError: there is a file or a link, or a folder that holds another file.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise ValueError(f"{path}: is no folder, and is not replaced by one; name another")
    for file in path.rglob("*"):
        name = file.relative_to(path).as_posix()
        is_ours = file.is_dir() or file.name in _LITTER or re.fullmatch(written, name)
        if not is_ours:
            raise ValueError(
                f"{path}: is not replaced, since it holds {name}, which was not written here; "
                "name another folder"
            )


@contextmanager
def whole_folder(path: str | Path, written: str = WRITTEN) -> Iterator[Path]:
    """Give a folder to write files into, and put it in place of ``path`` when the block succeeds.

    Args:
        path: the folder; an older one of its kind is replaced, anything else is not.
        written: regular expression for the files of such a folder, as paths within it.

    Yields:
        A new, empty folder beside it.

    Raises:
        ValueError: there is a file or a link, or a folder that holds another file.
    """
    path = Path(path)
    check_replaceable(path, written)
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    try:
        yield temporary
        check_replaceable(path, written)  # hours may have passed
        if path.exists():
            shutil.rmtree(path)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
