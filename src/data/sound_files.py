"""Sound files: which are read; folders of them, written whole or not at all."""

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pedalboard.io import AudioFile

SUFFIXES = (".wav", ".flac", ".aif", ".aiff", ".mp3", ".ogg")  # of files that are read


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


def item_name(item: int) -> str:
    """Name an item's files, so that they sort by number."""
    return f"{item:06d}"


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Give a folder to write files into, and put it in place of ``path`` when the block succeeds.

    Args:
        path: the folder; an older one is replaced.

    Yields:
        A new, empty folder beside it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            shutil.rmtree(path)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
