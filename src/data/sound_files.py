"""Sound files: which are read; folders of them, written whole or not at all."""

import re
import secrets
import shutil
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard.io import AudioFile

# Files in the folders that command lines write: numbered sounds, and sets of the listening page.
WRITTEN = (
    r"\d{6,}\.wav|items\.json|(sounds|spectrograms)/\d{6,}-.+\.(flac|png)|downloads/.+\.zip"
    r"|\.snakemake_timestamp"
)
_LITTER = {".DS_Store", "Thumbs.db", "desktop.ini"}  # that file managers leave in folders
_OPEN_SIZE = 0x7FFFF000  # and above: no size, but what a header has until it is known
SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".mp3", ".ogg")  # of files that are read


def read_sound(path: Path) -> tuple[NDArray[np.float32], int]:
    """Read a sound file.

    Args:
        path: WAV, FLAC, AIFF, MP3 or OGG.

    Returns:
        Samples, shape (channels, samples), and the sample rate in Hz.

    Raises:
        ValueError: it cannot be read, or holds no samples.
    """
    try:
        with AudioFile(str(path)) as file:
            sound, rate = file.read(file.frames), file.samplerate
    except (ValueError, RuntimeError, OSError) as error:
        raise ValueError(f"{path}: cannot be read as a sound file ({error})") from error
    if not sound.size:
        raise ValueError(f"{path}: the file holds no samples; render it again")
    return sound, round(rate)


def write_wav(path: str | Path, sound: NDArray[np.float32], sample_rate: int) -> None:
    """Write a WAV file of 32-bit floats, so that nothing is clipped or rounded.

    Args:
        path: file to write.
        sound: shape (channels, samples).
        sample_rate: samples per second.
    """
    channels = sound.shape[0]
    with AudioFile(str(path), "w", sample_rate, channels, bit_depth=32) as file:
        file.write(np.ascontiguousarray(sound, dtype=np.float32))


def share_there(path: Path) -> float:
    """Tell how much of its samples a WAV or AIFF file holds, by the size that its header states.

    Returns:
        In [0, 1]; 1 for a whole file, another format, and where the size is left open, as programs
        do that write to a pipe.
    """
    kinds = {b"RIFF": ("<", b"data"), b"FORM": (">", b"SSND")}
    length = path.stat().st_size
    with path.open("rb") as file:
        order, wanted = kinds.get(file.read(4), ("", b""))
        file.seek(12)
        while order and len(header := file.read(8)) == 8:
            size = struct.unpack(f"{order}I", header[4:])[0]
            if header[:4] == wanted:
                is_open = size >= _OPEN_SIZE or size == 0
                return 1.0 if is_open else min(1.0, (length - file.tell()) / size)
            file.seek(size + size % 2, 1)
    return 1.0


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
    path.parent.mkdir(parents=True, exist_ok=True)
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
