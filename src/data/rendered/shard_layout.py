"""How rows lie in our HDF5 files: chunks, compression, virtual data sets."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import hdf5plugin
import numpy as np
from numpy.typing import NDArray

# Writers buffer so many rows: a multiple of every chunk, so that none is compressed twice.
BUFFER_ROWS = 32
# Chunks of several whole rows, so that blocks of rows are read in one go.
_CHUNK_BYTES = 2**20
# Measured on spectrograms of oscillators: level 9 saves 2 to 7 % and writes 15 to 40 times slower;
# level 1 costs 1 to 2 %.
_LEVEL = 3


def create_rows(
    file: h5py.File, name: str, rows: int, shape: tuple[int, ...], dtype: str
) -> h5py.Dataset:
    """Create a compressed data set that takes no room until rows are written.

    Chunks carry checksums, and no time is recorded: the bytes depend on the content alone.

    Args:
        file: open for writing.
        name: of the data set.
        rows: number of rows.
        shape: of one row.
        dtype: NumPy's name of the type.

    Returns:
        The data set, shape (rows, *shape).
    """
    bytes_a_row = max(1, np.dtype(dtype).itemsize * int(np.prod(shape)))
    chunk = BUFFER_ROWS
    while chunk > 1 and chunk * bytes_a_row > _CHUNK_BYTES:
        chunk //= 2
    return file.create_dataset(
        name,
        shape=(rows, *shape),
        dtype=dtype,
        chunks=(min(chunk, rows), *shape),
        track_times=False,
        fletcher32=True,
        **hdf5plugin.Blosc2(cname="zstd", clevel=_LEVEL, filters=hdf5plugin.Blosc2.BITSHUFFLE),
    )


def write_rows(data: h5py.Dataset, start: int, rows: NDArray[Any]) -> None:
    """Write rows to the file at once: what fails when HDF5 closes a data set, it does not tell.

    Args:
        data: the data set.
        start: number of the first row.
        rows: shape (n, ...).

    Raises:
        RuntimeError: they could not be written.
    """
    data[start : start + len(rows)] = rows
    data.flush()


def join_rows(
    file: h5py.File,
    name: str,
    sources: Sequence[tuple[Path, int]],
    folder: Path,
    shape: tuple[int, ...],
    dtype: str,
) -> None:
    """Create a virtual data set over the data sets of one name in other files.

    Rows of a file that gets lost later read as NaN, not as zeros.

    Args:
        file: open for writing.
        name: of the data set, here and there.
        sources: files and their numbers of rows, in order.
        folder: where the file will lie; names of sources are stored relative to it.
        shape: of one row.
        dtype: NumPy's name of the type.
    """
    total = sum(rows for _, rows in sources)
    layout = h5py.VirtualLayout((total, *shape), dtype)
    layout.dcpl.set_obj_track_times(False)
    start = 0
    for path, rows in sources:
        relative = os.path.relpath(path, folder)
        layout[start : start + rows] = h5py.VirtualSource(relative, name, (rows, *shape), dtype)
        start += rows
    file.create_virtual_dataset(name, layout, fillvalue=np.nan)
