"""Seals: a file carries its own digest, so that a changed file is told from the one written.

Somewhere in the file stands ``sha256:`` with 64 digits: the SHA-256 of the file as it is with
zeros in their place. Any format that can hold a word can be sealed: Parquet and JSON as an entry,
YAML as a comment. The digest is copied and moved with the file, and no second file goes stale.
A seal finds damage, not malice: whoever changes a file on purpose can seal it again.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

_MARK = "sha256:"
_DIGITS = 64
SEAL = _MARK + _DIGITS * "0"  # what a writer puts where the seal shall be
_FOUND = re.compile(rb"sha256:([0-9a-f]{64})")


def seal(path: Path) -> None:
    """Put the digest in place of `SEAL` in a file that has just been written.

    Args:
        path: file that holds `SEAL` once.

    Raises:
        ValueError: it does not.
    """
    content = path.read_bytes()
    if (places := content.count(SEAL.encode())) != 1:
        raise ValueError(f"{path}: expected one place for a seal, got {places}")
    with path.open("r+b") as file:
        file.seek(content.index(SEAL.encode()) + len(_MARK))
        file.write(hashlib.sha256(content).hexdigest().encode())


def is_sealed(content: bytes) -> bool:
    """Say whether a file's content holds a seal."""
    return _FOUND.search(content) is not None


def read_sealed(path: Path, remedy: str) -> bytes:
    """Read a file, whose seal has to hold if it has one; older files have none.

    Args:
        path: the file.
        remedy: what to do about a file that cannot be used, for the message.

    Returns:
        Its content, which is what was checked.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no file, is empty, or its seal is broken.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path}: missing; {remedy}")
    if not path.is_file():
        raise ValueError(f"{path}: expected a file, found a folder or a device; {remedy}")
    content = path.read_bytes()
    if not content:
        raise ValueError(f"{path}: empty; {remedy}")
    found = _FOUND.search(content)
    if found is not None:
        blank = content[: found.start(1)] + _DIGITS * b"0" + content[found.end(1) :]
        if hashlib.sha256(blank).hexdigest().encode() != found[1]:
            raise ValueError(f"{path}: damaged or changed since it was written; {remedy}")
    return content
