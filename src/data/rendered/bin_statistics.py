"""Mean and standard deviation of a train set's spectrograms, for standardisation.

    python -m src.data.rendered.bin_statistics TRAIN_H5 --output stats.npz

One pass over blocks of rows in constant memory, sums in float64.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from src.common.errors import explained
from src.common.files import atomic_path
from src.common.terminal import printable
from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.hdf5_split import Rows, Scaling

_BLOCK_BYTES = 2**23  # as stored
_COMMAND = "python -m src.data.rendered.bin_statistics"


@dataclass(frozen=True)
class Statistics:
    """Mean and standard deviation over rows, one of each for every bin.

    Attributes:
        mean: float32, shape of a spectrogram.
        std: of the population, float32, the same shape; 0 where a bin never changes.
        count: number of rows, 0 where a published file does not say.
        table_digest: digest of the rows' parameter table, "" where unknown.
        source: SHA-256 of the rows' parameters, "" where unknown.
        path: file they were read from, or the data that they were computed from.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    count: int
    table_digest: str
    source: str
    path: Path

    @classmethod
    def read(cls, path: str | Path) -> Statistics:
        """Read ``stats.npz``, ours or a published one.

        Raises:
            FileNotFoundError: there is none.
            ValueError: it is damaged or holds something else.
        """
        path = Path(path)
        remedy = f"write it with: {_COMMAND} {path.parent / 'train.h5'} --output {path}"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file of statistics; {remedy}")
        try:
            with np.load(path) as file:
                values = {name: file[name] for name in file.files}
                count = int(values.get("count", 0))
                mean, std = (values.get(name, np.zeros(0)) for name in ("mean", "std"))
                is_sound = mean.size and mean.dtype.kind == "f"
        except Exception as error:  # what a damaged or other file leads to may be of any type
            reason = " ".join(str(error).split())
            raise ValueError(f"{path}: damaged file of statistics ({reason}); {remedy}") from error
        if not is_sound or (mean.shape, mean.dtype) != (std.shape, std.dtype):
            raise ValueError(f"{path}: expected mean and std of one shape and type; {remedy}")
        if not (np.isfinite(mean).all() and np.isfinite(std).all() and (std >= 0).all()):
            raise ValueError(f"{path}: mean or std is not finite or negative; {remedy}")
        return cls(
            mean.astype(np.float32),
            std.astype(np.float32),
            count,
            str(values.get("table_digest", "")),
            str(values.get("source", "")),
            path,
        )

    def write(self, path: str | Path) -> None:
        """Write ``stats.npz`` whole; the same statistics give the same bytes."""
        with atomic_path(path) as temporary:
            np.savez(
                temporary,
                mean=self.mean,
                std=self.std,
                count=np.int64(self.count),
                table_digest=np.str_(self.table_digest),
                source=np.str_(self.source),
            )

    def scaling(self) -> Scaling:
        """Return what standardises signals."""
        return Scaling(torch.from_numpy(self.mean), torch.from_numpy(self.std))

    def check_fits(self, rows: Rows) -> None:
        """Refuse to standardise a data set of another shape or another parameter table.

        Raises:
            ValueError: naming both files.
        """
        both = f"{self.path} does not belong to {rows.path}"
        remedy = f"compute it again: {_COMMAND} {rows.path.parent / 'train.h5'}"
        if self.mean.shape != rows.signal_shape:
            raise ValueError(
                f"{both}: statistics of shape {self.mean.shape}, spectrograms of shape "
                f"{rows.signal_shape}; {remedy} --output {self.path}"
            )
        if self.table_digest and rows.table_digest and self.table_digest != rows.table_digest:
            raise ValueError(
                f"{both}: table digests {self.table_digest} and {rows.table_digest}; {remedy} "
                f"--output {self.path}"
            )


def compute_statistics(paths: Sequence[str | Path], block_bytes: int = _BLOCK_BYTES) -> Statistics:
    """Compute mean and standard deviation over the rows of one or several files.

    Args:
        paths: data set files or shards.
        block_bytes: what to read at a time, as stored.

    Returns:
        The statistics.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file is damaged, a value is not finite or the files do not go together.
    """
    # Imported here, since it takes a second that training can spare.
    from sklearn.preprocessing import StandardScaler

    if not paths:
        raise ValueError("statistics: expected at least one file, got none")
    files = [HDF5Rows(path) for path in paths]
    moments = StandardScaler()
    digest = hashlib.sha256()
    for rows in files:
        _check_agrees(files[0], rows)
        step = max(1, block_bytes // rows.signal_bytes)
        for start in range(0, rows.rows, step):
            signals, params = rows.read(start, min(start + step, rows.rows))
            digest.update(params.numpy().tobytes())
            values = signals.reshape(len(signals), -1).double().numpy()
            if not np.isfinite(values.sum()):
                bad = int((~np.isfinite(values).all(axis=1)).argmax())
                raise ValueError(
                    f"{rows.where(start + bad)}: the spectrogram is not finite; render it again"
                )
            moments.partial_fit(values)
        rows.close()
    shape = files[0].signal_shape
    return Statistics(
        moments.mean_.astype(np.float32).reshape(shape),
        np.sqrt(moments.var_).astype(np.float32).reshape(shape),
        int(moments.n_samples_seen_),
        files[0].table_digest,
        digest.hexdigest(),
        files[0].path,
    )


def _check_agrees(one: HDF5Rows, other: HDF5Rows) -> None:
    for key in ("signal_shape", "table_digest"):
        values = getattr(one, key), getattr(other, key)
        if values[0] != values[1]:
            raise ValueError(
                f"{one.path} and {other.path} differ in {key}: {values[0]} and {values[1]}; "
                "statistics are those of one data set"
            )


@explained
def main(argv: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compute the statistics of a train set.")
    parser.add_argument("train", type=Path, nargs="+", help="train.h5, or its shards")
    parser.add_argument("--output", type=Path, required=True, help="stats.npz to write")
    options = parser.parse_args(argv)
    statistics = compute_statistics(options.train)
    statistics.write(options.output)
    constant = int((statistics.std == 0).sum())
    print(
        printable(f"{options.output}: {statistics.count} rows, {constant} bins that never change")
    )


if __name__ == "__main__":
    main()
