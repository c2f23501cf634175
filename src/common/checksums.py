"""Lists of checksums, SHA256SUMS, over the files of a folder, and one list over these lists.

``published/SHA256SUMS`` holds the digest of ``published/laptop/SHA256SUMS``, which holds those of
that scale's files. Both are tracked, and ``sha256sum --check`` reads them too.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path, PurePosixPath

from src.common.files import write_text
from src.common.project import ROOT

SUMS = "SHA256SUMS"
PUBLISHED = ROOT / "published"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\\\n]+)")
_AGAIN = "restore it, or publish again"


def digest_of(path: Path) -> str:
    """SHA-256 digest of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_sums(folder: Path) -> dict[str, str]:
    """Read the list of a scale's published files, which has to be the one in the list of lists.

    Args:
        folder: such as ``published/laptop``.

    Returns:
        SHA-256 digest (hexadecimal) by name, relative to the folder; empty where nothing is
        published.

    Raises:
        ValueError: the list is empty or was changed, names a file twice or outside, or a line is
            not of the form that sha256sum writes.
    """
    if not (folder / SUMS).exists():
        return {}
    sums = _parsed(folder / SUMS)
    lists = folder.parent / SUMS
    name = f"{folder.name}/{SUMS}"
    known = _parsed(lists) if lists.exists() else {}
    if problem := problem_of(folder.parent, name, known):
        raise ValueError(problem)
    return sums


def write_sums(folder: Path, sums: dict[str, str]) -> None:
    """Write the list of a scale, then its digest to the list of lists beside the scales."""
    _write(folder / SUMS, sums)
    lists = folder.parent / SUMS
    known = _parsed(lists) if lists.exists() else {}
    _write(lists, known | {f"{folder.name}/{SUMS}": digest_of(folder / SUMS)})


def problem_of(folder: Path, name: str, sums: dict[str, str]) -> str | None:
    """Say what is wrong with a file that a list is about; None where nothing is."""
    path = folder / name
    if name not in sums:
        return f"{path}: not in {folder / SUMS}; publish it first"
    if path.resolve() != folder.resolve() / name:
        return f"{path}: is a link or lies behind one, which no published file does; {_AGAIN}"
    if not path.is_file():
        return f"{path}: missing, though {folder / SUMS} lists it; {_AGAIN}"
    if digest_of(path) != sums[name]:
        return f"{path}: changed since it was published; {_AGAIN}"
    return None


def check_if_published(path: Path) -> None:
    """Compare a file that is to be used with its checksum, if it is a published one.

    Raises:
        ValueError: it has changed, or is in no list.
    """
    place, root = path.resolve(), PUBLISHED.resolve()
    if not place.is_relative_to(root):
        return
    scale, *parts = place.relative_to(root).parts
    folder = PUBLISHED / scale
    if problem := problem_of(folder, "/".join(parts), read_sums(folder)):
        raise ValueError(problem)


def is_inside(name: str) -> bool:
    """Say whether a name is that of a file below a folder, in its plain form."""
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and name == path.as_posix()


def _parsed(path: Path) -> dict[str, str]:
    sums: dict[str, str] = {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not readable as a list of checksums; {_AGAIN}") from error
    for number, line in enumerate(lines, start=1):
        match = _LINE.fullmatch(line)
        if match is None or not is_inside(match["name"]):
            raise ValueError(
                f"{path}, line {number}: expected a SHA-256 digest, two spaces and the name of a "
                "file below this folder; publish the results again"
            )
        if match["name"] in sums:
            raise ValueError(
                f"{path}, line {number}: {match['name']} stands in the list twice; {_AGAIN}"
            )
        sums[match["name"]] = match["digest"]
    if not sums:
        raise ValueError(f"{path}: lists no file; {_AGAIN}")
    return sums


def _write(path: Path, sums: dict[str, str]) -> None:
    write_text(path, "".join(f"{digest}  {name}\n" for name, digest in sorted(sums.items())))
