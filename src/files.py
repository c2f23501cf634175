"""Files that appear whole or not at all."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | Path) -> Iterator[Path]:
    """Give a temporary name to write to; sync and rename it to `path` when the block succeeds.

    A reader, or a run that starts again after a crash, therefore never sees half a file. The
    temporary name lies in the same folder (a rename is atomic only within a file system) and
    keeps the suffix (writers choose their format by it). Missing folders are made.

    Args:
        path: Where the finished file shall be; an older file there is replaced.

    Yields:
        The path to write to.

    Raises:
        ValueError: If the block ended without having written the file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(4)}.tmp{path.suffix}")
    try:
        yield temporary
        if not temporary.is_file():
            raise ValueError(f"{path}: nothing was written to the path that atomic_path gave")
        _sync(temporary)
        temporary.replace(path)
        _sync(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a text file (UTF-8, Unix line ends) whole."""
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _sync(path: Path) -> None:
    """Wait until the file's or folder's content is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
