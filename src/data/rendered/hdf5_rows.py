"""Read the rows of a data set file as blocks, with errors that name the file.

Files of ours hold virtual data sets over shards (see ``src.data.rendered.shards``); published ones
hold plain data sets, float32 spectrograms and fewer attributes. Both are read here.
"""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import torch
from torch import Tensor

from src.common.hdf5 import checked_file, open_hdf5, read_rows, sources_of

PARAMS = "param_array"
SIGNALS = {"mel": "mel_spec", "m2l": "music2latent"}
# Labels are stored as float32, so a bound may be missed by rounding.
_TOLERANCE = 1e-4


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
            self._shards = sources_of(signals)
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
            file = checked_file(self.path)
            # Looking a virtual data set up reads the names of all its shards: once is enough.
            fields = {name: file[name] for name in (self._field, PARAMS) if name in file}
            self._opened = (os.getpid(), file, fields)
        return read_rows(self._opened[2][field], slice(start, stop))

    def _check_rows(self, file: h5py.File) -> None:
        counts = {name: len(file[name]) for name in (self._field, PARAMS, "audio") if name in file}
        if self.rows == 0:
            raise ValueError(f"{self.path}: the data set has no rows; render it again")
        if len(set(counts.values())) > 1:
            raise ValueError(f"{self.path}: data sets differ in rows: {counts}; render it again")
