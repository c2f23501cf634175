"""HDF5 files: whole, checked, and read without following what they say to anywhere else.

HDF5 checksums most of what describes a file, and our chunks carry checksums of their rows; texts
and virtual sources have none, and a flipped bit there may even let HDF5 read for ever. So a trailer
behind the HDF5 file, which readers of HDF5 pass over, says where rows lie and holds a digest of all
other bytes, compared before HDF5 opens the file. Files without it, such as published ones, are read
too.

A file may come from a stranger. It holds plain data sets of numbers or names, whose rows are all
there, and virtual ones over whole files that lie in its folder. Anything else, such as a link to
another file or bytes of another file, is refused.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import h5py
import hdf5plugin  # noqa: F401  (registers the Blosc2 filter)
import numpy as np
from numpy.typing import NDArray

from src.common.files import atomic_path

# Format of HDF5 1.10, the first with virtual data sets; newer ones are not read by every library.
HDF5_VERSION = ("v110", "v110")
_REMEDY = "delete it and render it again"
_MOST_BYTES = 2**28  # of a chunk, which is read as a whole; ours have 2**20
_BLOCK_BYTES = 2**24
_LENGTH = 9  # of the trailer's own length at the end of a file: eight digits and a line's end


class Source(NamedTuple):
    """A file that holds rows of a virtual data set.

    Attributes:
        start: first row.
        stop: row after the last one.
        path: of the file.
    """

    start: int
    stop: int
    path: Path


@contextmanager
def create_hdf5(path: str | Path) -> Iterator[h5py.File]:
    """Give a file to write; it appears whole, with its trailer.

    The bytes depend on the content alone where data sets record no time.
    """
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w", libver=HDF5_VERSION) as file:
            yield file
            file.flush()  # tells of what failed, unlike the end of the block
        append_trailer(temporary)


def append_trailer(path: Path) -> None:
    """Write where the rows of a file lie, which files it needs, and the digest of all the rest."""
    rows: list[list[int]] = []
    sources: set[str] = set()
    with h5py.File(path, "r") as file:
        for data in file.values():
            if data.is_virtual:
                sources |= {source.file_name for source in data.virtual_sources()}
            elif data.chunks is not None:
                data.id.chunk_iter(lambda chunk: rows.append([chunk.byte_offset, chunk.size]))
    rows = _merged(rows)
    told = {"rows": rows, "sources": sorted(sources)}
    told["digest"] = _digest(path, told, path.stat().st_size)
    text = json.dumps(told)
    with path.open("ab") as opened:
        opened.write(f"\n{text}\n{len(text):08d}\n".encode())


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading, see `checked_file`."""
    with checked_file(path) as file:
        yield file


def checked_file(path: str | Path) -> h5py.File:
    """Open an HDF5 file for reading, and the files that its virtual data sets lie in.

    Rows are not read: they are checked when they are, by `read_rows`.

    Raises:
        FileNotFoundError: it, or a file that it needs, is missing.
        ValueError: it is empty, truncated, damaged, no HDF5 file, or holds what is refused.
    """
    return _checked(Path(path), may_be_virtual=True)


def read_rows(data: h5py.Dataset, rows: int | slice) -> NDArray[Any]:
    """Read a row or consecutive rows of a data set.

    Raises:
        ValueError: they are damaged; the message names the file that holds them.
    """
    try:
        return np.asarray(data[rows])
    except Exception as error:  # HDF5 and its filters raise several types
        first = rows if isinstance(rows, int) else rows.start
        last = rows if isinstance(rows, int) else rows.stop - 1
        damaged = _first_damaged(data, first, last)
        raise ValueError(
            f"{where(data, damaged)} and those after it up to {last} cannot be read from "
            f"{_name(data)!r} ({_reason(error)}); delete the damaged file and render it again"
        ) from error


def _first_damaged(data: h5py.Dataset, first: int, last: int) -> int:
    """Find the first of some rows in the first file in which any cannot be read."""
    for source in sources_of(data):
        start, stop = max(first, source.start), min(last + 1, source.stop)
        try:
            data[start : max(start, stop)]
        except Exception:
            return start
    return first


def check_rows(file: h5py.File) -> None:
    """Read all rows, so that their checksums are compared.

    Raises:
        ValueError: some are damaged.
    """
    for data in file.values():
        if _is_unstored(data):
            continue
        step = max(1, _BLOCK_BYTES * len(data) // max(1, data.nbytes))
        for start in range(0, len(data), step):
            read_rows(data, slice(start, min(start + step, len(data))))


def where(data: h5py.Dataset, row: int) -> str:
    """Name the file, and the shard if it has any, that holds a row."""
    path = data.file.filename
    for source in sources_of(data):
        if source.start <= row < source.stop:
            return f"{path}: row {row} (row {row - source.start} of {source.path})"
    return f"{path}: row {row}"


def sources_of(data: h5py.Dataset) -> list[Source]:
    """List the files that a virtual data set lies in, in order of rows; none of another one."""
    if not data.is_virtual:
        return []
    folder = Path(data.file.filename).parent
    found = []
    for source in data.virtual_sources():
        first, last = (int(bound[0]) for bound in source.vspace.get_select_bounds())
        found.append(Source(first, last + 1, folder / source.file_name))
    return sorted(found)


def _merged(ranges: list[list[int]]) -> list[list[int]]:
    """Join ranges [start, length] that touch."""
    found: list[list[int]] = []
    for start, length in sorted(ranges):
        if found and sum(found[-1]) == start:
            found[-1][1] += length
        else:
            found.append([start, length])
    return found


def _digest(path: Path, told: dict[str, Any], end: int) -> str:
    """Digest a file up to a byte, but for its rows, and what is told of it."""
    digest = hashlib.sha256(json.dumps([told["rows"], told["sources"], end]).encode())
    with path.open("rb") as file:
        for start, length in [*told["rows"], [end, 0]]:
            digest.update(file.read(start - file.tell()))
            file.seek(start + length)
    return digest.hexdigest()


def _check_trailers(path: Path) -> None:
    """Compare a file with its trailer, if it has one, and the files it needs with theirs.

    Raises:
        FileNotFoundError: a file that it needs is missing.
        ValueError: one is damaged.
    """
    for name in _check_trailer(path):
        if _is_inside(name):  # the others are refused later
            _check_there(path.parent / name)
            _check_trailer(path.parent / name)


def _check_trailer(path: Path) -> list[str]:
    """Compare a file with its trailer, if it has one; return the names of the files it needs."""
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _LENGTH))
        length = file.read()
        if not re.fullmatch(rb"\d{8}\n", length):
            return []
        file.seek(max(0, size - _LENGTH - 1 - int(length)))
        text = file.read(int(length))
    try:
        told = json.loads(text)
        end = size - _LENGTH - 2 - len(text)
        is_same = told["digest"] == _digest(path, told, end)
        sources = [str(name) for name in told["sources"]]
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise ValueError(f"{path}: damaged at its end ({_reason(error)}); {_REMEDY}") from error
    if not is_same:
        raise ValueError(f"{path}: damaged or changed since it was written; {_REMEDY}")
    return sources


def _check_there(path: Path) -> None:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such data set file; render it")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty; {_REMEDY}")


def _checked(path: Path, may_be_virtual: bool) -> h5py.File:
    _check_there(path)
    _check_trailers(path)
    try:
        file = h5py.File(path, "r")
    except Exception as error:  # what a damaged file leads to may be of any type
        raise ValueError(
            f"{path}: truncated, corrupt or no HDF5 file ({_reason(error)}); {_REMEDY}"
        ) from error
    try:
        problem = _problem(path, file, may_be_virtual)
    except (FileNotFoundError, _Refused):
        file.close()
        raise
    except Exception as error:
        file.close()
        raise ValueError(f"{path}: damaged ({_reason(error)}); {_REMEDY}") from error
    if problem:
        file.close()
        raise ValueError(f"{path}: {problem}")
    return file


class _Refused(ValueError):
    """A file that another one needs is refused, with a message of its own."""


def _problem(path: Path, file: h5py.File, may_be_virtual: bool) -> str:
    """Say what is wrong with a file; empty where nothing is."""
    for name in file:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            return f"{name!r} is a link to another place or file, which is not followed"
        data = file[name]
        if not isinstance(data, h5py.Dataset) or data.ndim == 0:
            return f"{name!r} is no data set with rows; no file of ours holds such"
        if data.external:
            return f"{name!r} lies in another file ({data.external[0][0]}), which is not read"
        if data.dtype.kind not in "fiu" and not _holds_text(data):
            return f"{name!r} holds {data.dtype}; expected numbers or names"
        if data.is_virtual and not may_be_virtual:
            return f"{name!r} is virtual, in a file that other data sets lie in; join the shards"
    opened: dict[str, h5py.File] = {}
    try:
        for name, data in file.items():
            if data.is_virtual:
                problem = _problem_of_sources(path, data, opened)
            else:
                problem = _problem_of_size(path, data)
            if problem:
                return f"{name} {problem}"
    finally:
        for source in opened.values():
            source.close()
    return ""


def _problem_of_size(path: Path, data: h5py.Dataset) -> str:
    """Say whether rows are missing that HDF5 would make up, or a chunk is too large to read."""
    if data.chunks is not None and np.prod(data.chunks) * data.dtype.itemsize > _MOST_BYTES:
        return f"has chunks of {data.chunks}, more than {_MOST_BYTES} bytes, and is not read"
    if _is_unstored(data):
        return ""
    if data.chunks is None:
        stored = data.id.get_storage_size()
        fits = stored >= len(data) if _holds_text(data) else stored == data.nbytes
        is_whole = fits and stored <= path.stat().st_size
    else:
        pairs = zip(data.shape, data.chunks, strict=True)
        is_whole = data.id.get_num_chunks() == np.prod([-(-size // chunk) for size, chunk in pairs])
    return "" if is_whole else f"is incomplete, of {len(data)} rows; {_REMEDY}"


def _problem_of_sources(path: Path, data: h5py.Dataset, opened: dict[str, h5py.File]) -> str:
    """Say whether a virtual data set is anything but whole data sets of its folder in a row.

    Of a missing file or data set HDF5 would silently read fill values.
    """
    following = 0
    for source in sorted(data.virtual_sources(), key=lambda s: s.vspace.get_select_bounds()[0][0]):
        name = source.file_name
        if not _is_inside(name):
            return f"lies in {name}, outside the folder of this file, which is not read"
        if name not in opened:
            try:
                opened[name] = _checked(path.parent / name, may_be_virtual=False)
            except ValueError as error:
                raise _Refused(error) from error
        held = opened[name].get(source.dset_name)
        rows = len(held) if isinstance(held, h5py.Dataset) else -1
        rest = data.shape[1:]
        expected = [
            [following, *(0 for _ in rest)],
            [following + rows - 1, *(size - 1 for size in rest)],
            rows * int(np.prod(rest)),
            True,
        ]
        fits = rows > 0 and (held.shape, held.dtype) == ((rows, *rest), data.dtype)
        if not fits or _placed(source) != expected:
            return f"does not fit {path.parent / name}; delete this file and join the shards again"
        following += rows
    if following != len(data):
        return f"has {len(data)} rows, its files {following}; delete it and join the shards again"
    return ""


def _placed(source: Any) -> list[Any]:
    """First and last element that a source fills, their number, whether it is taken as a whole."""
    first, last = source.vspace.get_select_bounds()
    return [
        [int(number) for number in first],
        [int(number) for number in last],
        int(source.vspace.get_select_npoints()),
        source.src_space.get_select_type() == h5py.h5s.SEL_ALL,
    ]


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "%" in name or name in ("", "."))


def _is_unstored(data: h5py.Dataset) -> bool:
    return _name(data) == "audio" and not data.attrs.get("stored", True)


def _holds_text(data: h5py.Dataset) -> bool:
    return h5py.check_string_dtype(data.dtype) is not None


def _name(data: h5py.Dataset) -> str:
    return str(data.name).lstrip("/")


def _reason(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
