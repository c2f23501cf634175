"""Read the rows of a data set file as blocks, with errors that name the file.

Files of ours hold virtual data sets over shards (see ``src.data.rendered.shards``); published ones
hold plain data sets, float32 spectrograms and fewer attributes. Both are read here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import hdf5plugin  # noqa: F401  (registers the Blosc2 filter)
import numpy as np
import torch
from torch import Tensor

PARAMS = "param_array"
SIGNALS = {"mel": "mel_spec", "m2l": "music2latent"}
# Labels are stored as float32, so a bound may be missed by rounding.
_TOLERANCE = 1e-4


@contextmanager
def open_hdf5(path: str | Path) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is empty, truncated or no HDF5 file.
    """
    with _open(Path(path)) as file:
        yield file


def _open(path: Path) -> h5py.File:
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such data set file; render it")
    if path.stat().st_size == 0:
        raise ValueError(f"{path}: the file is empty; delete it and render it again")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        raise ValueError(
            f"{path}: truncated, corrupt or no HDF5 file ({error}); delete it and render it again"
        ) from error


class HDF5Rows:
    """Signals and encoded parameters of a file, by row number.

    The file is opened anew in every process that reads, never before a fork, and kept open.

    Args:
        path: an HDF5 file with ``mel_spec`` or ``music2latent`` and, but for sounds without known
            parameters, ``param_array``.
        conditioning: "mel" or "m2l", which of the two signals to read.

    Attributes:
        rows: number of rows.
        signal_shape: shape of one signal.
        signal_bytes: stored size of one signal, uncompressed.
        num_params: width of the parameter vectors, None where there are none.
        table_digest: digest of the parameter table, "" where the file does not say.

    Raises:
        FileNotFoundError: the file or a shard of it is missing.
        ValueError: it cannot be read, or lacks what is asked for.
    """

    def __init__(self, path: str | Path, conditioning: str = "mel") -> None:
        if conditioning not in SIGNALS:
            raise ValueError(f"conditioning: unknown {conditioning!r}; known: {', '.join(SIGNALS)}")
        self.path = Path(path)
        self._field = SIGNALS[conditioning]
        with open_hdf5(self.path) as file:
            if self._field not in file:
                raise ValueError(
                    f"{self.path}: no data set {self._field!r}, which conditioning={conditioning!r}"
                    f" needs; it has {', '.join(sorted(file))}"
                )
            signals = file[self._field]
            self.rows = len(signals)
            self.signal_shape = tuple(signals.shape[1:])
            self.signal_bytes = signals.dtype.itemsize * int(np.prod(self.signal_shape))
            self.num_params = file[PARAMS].shape[1] if PARAMS in file else None
            self.table_digest = str(file.attrs.get("table_digest", ""))
            self._check_rows(file)
            self._shards = self._find_shards(signals)
        self._opened: tuple[int, h5py.File, dict[str, h5py.Dataset]] | None = None

    def read(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Read consecutive rows.

        Args:
            start: first row.
            stop: row after the last one.

        Returns:
            Signals as stored (float16 or float32), shape (n, *signal_shape), and parameters in
            [0, 1], float32, shape (n, P); zeros with P = 0 where the file has none.

        Raises:
            ValueError: the file is damaged here, or parameters are out of range.
        """
        signals = torch.from_numpy(self._read(self._field, start, stop))
        if self.num_params is None:
            return signals, torch.zeros(len(signals), 0)
        params = torch.from_numpy(self._read(PARAMS, start, stop)).float()
        fits = ((params >= -_TOLERANCE) & (params <= 1 + _TOLERANCE)).all(dim=1)
        if not fits.all():
            row = start + int((~fits).nonzero()[0])
            raise ValueError(
                f"{self.where(row)}: parameters have to lie in [0, 1]; render it again"
            )
        return signals, params

    def where(self, row: int) -> str:
        """Name the file, and the shard if it has any, that holds a row."""
        for start, stop, shard in self._shards:
            if start <= row < stop:
                return f"{self.path}: row {row} (row {row - start} of {shard})"
        return f"{self.path}: row {row}"

    def close(self) -> None:
        """Close this process's file, so that a fork does not inherit it."""
        if self._opened is not None and self._opened[0] == os.getpid():
            self._opened[1].close()
        self._opened = None

    def __getstate__(self) -> dict[str, object]:
        """Leave the open file behind."""
        return {**self.__dict__, "_opened": None}

    def _read(self, field: str, start: int, stop: int) -> np.ndarray:
        if self._opened is None or self._opened[0] != os.getpid():
            file = _open(self.path)
            # Looking a virtual data set up reads the names of all its shards: once is enough.
            fields = {name: file[name] for name in (self._field, PARAMS) if name in file}
            self._opened = (os.getpid(), file, fields)
        try:
            return np.asarray(self._opened[2][field][start:stop])
        except OSError as error:
            raise ValueError(
                f"{self.where(start)} and those after it up to {stop - 1} cannot be read from "
                f"{field!r} ({error}); delete the damaged file and render it again"
            ) from error

    def _check_rows(self, file: h5py.File) -> None:
        counts = {name: len(file[name]) for name in (self._field, PARAMS, "audio") if name in file}
        if self.rows == 0:
            raise ValueError(f"{self.path}: the data set has no rows; render it again")
        if len(set(counts.values())) > 1:
            raise ValueError(f"{self.path}: data sets differ in rows: {counts}; render it again")

    def _find_shards(self, signals: h5py.Dataset) -> list[tuple[int, int, Path]]:
        """List first row, row after the last one and path of each shard.

        Each is opened here: of a missing file HDF5 would silently read fill values.
        """
        if not signals.is_virtual:
            return []
        shards = []
        for source in signals.virtual_sources():
            path = self.path.parent / source.file_name
            with open_hdf5(path):
                pass
            first, last = (int(bound[0]) for bound in source.vspace.get_select_bounds())
            shards.append((first, last + 1, path))
        return shards
