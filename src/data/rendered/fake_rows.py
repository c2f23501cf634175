"""Random rows in place of a data set file, for trying models without data."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from math import prod
from pathlib import Path

import torch
from torch import Tensor

from src.data import philox


class FakeRows:
    """Standard normal signals and uniform parameters: functions of (split, row), never stored.

    Args:
        split: name of the split, which separates its numbers from other ones'.
        rows: number of rows.
        signal_shape: shape of one signal.
        num_params: width of the parameter vectors.

    Attributes: those of ``src.data.rendered.hdf5_rows.HDF5Rows``.
    """

    table_digest = ""

    def __init__(self, split: str, rows: int, signal_shape: Sequence[int], num_params: int) -> None:
        self.path = Path(f"fake {split}")
        self.rows = rows
        self.signal_shape = tuple(signal_shape)
        self.signal_bytes = 4 * prod(signal_shape)
        self.num_params: int | None = num_params
        self._split = split

    def read(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Make signals (n, *signal_shape) and parameters in [0, 1) (n, P)."""
        params = philox.uniform(0, self._split, torch.arange(start, stop), self.num_params or 0)
        signals = torch.empty(stop - start, *self.signal_shape)
        generator = torch.Generator()  # many times faster than Philox, for that many numbers
        for row, signal in enumerate(signals, start):
            generator.manual_seed((zlib.crc32(self._split.encode()) << 32) + row)
            signal.normal_(generator=generator)
        return signals, params

    def where(self, row: int) -> str:
        """Name a row."""
        return f"{self.path}: row {row}"

    def close(self) -> None:
        """Do nothing: there is no file."""
