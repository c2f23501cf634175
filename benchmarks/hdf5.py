"""Time the loader of rendered data sets beside an item-wise shuffled reader of the same file.

    python -m benchmarks.hdf5 [--rows 4096] [--shards 4] [--seconds 1] [--repeats 3]

Spectrograms of k-osc notes (mono, 22.05 kHz, in shards as the renderer writes them) are read by a
data set that gives one row at a time to a shuffling DataLoader, by our loader in blocks, and by our
loader from memory. All standardise. A file with one row a chunk shows what the item-wise reader
gains where no chunk is decompressed for a single row of it. Then: bytes a row beside float32
spectrogram and float16 sound, and the statistics beside reading the same file. One thread.
"""

import argparse
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import h5py
import hdf5plugin
import librosa
import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.timing import interleaved
from src.data.prefetch import PrefetchLoader
from src.data.rendered.bin_statistics import Statistics, compute_statistics
from src.data.rendered.hdf5_rows import HDF5Rows
from src.data.rendered.hdf5_split import HDF5Split, Scaling
from src.data.rendered.shards import join_shards, write_shard
from src.synths.oscillators import make_osc

RATE = 22_050
BATCH = 128
PARAMS = 16
DISTINCT = 512  # notes that are rendered; more rows repeat them, shifted by up to 6 dB
FASTER = 5.0
SMALLER = 4.0
STATISTICS = 0.5


def notes(count: int, seconds: float) -> NDArray[np.float32]:
    """Make mel spectrograms of notes in dB, shape (count, 1, 128, frames)."""
    rng = np.random.default_rng(0)
    time = np.arange(int(seconds * RATE)) / RATE
    bands = librosa.filters.mel(sr=RATE, n_fft=int(0.025 * RATE), n_mels=128)
    found = []
    for _ in range(count):
        params = torch.from_numpy(rng.uniform(-1, 1, (1, 12))).float()
        on, off = np.sort(rng.uniform(0, seconds, 2))
        release = np.exp(np.minimum(0, -(time - off)) / rng.uniform(0.005, 0.1))
        sound = make_osc(params, len(time)).numpy() * np.clip((time - on) / 0.05, 0, 1) * release
        spectrum = librosa.stft(sound, n_fft=int(0.025 * RATE), hop_length=RATE // 100)
        power = bands @ np.abs(spectrum) ** 2
        found.append(librosa.power_to_db(power, ref=np.max, top_db=80.0))
    return np.stack(found).astype(np.float32)


def make_files(folder: Path, rows: int, shards: int, seconds: float) -> tuple[Path, Path]:
    """Write the data set, and the same rows with one row a chunk."""
    rng = np.random.default_rng(1)
    made = notes(min(rows, DISTINCT), seconds)
    gains = rng.uniform(-6, 0, (rows, 1, 1, 1)).astype(np.float32)
    mel = np.maximum(made[np.arange(rows) % len(made)] + gains, -80)
    params = rng.random((rows, PARAMS), np.float32)
    paths = [folder / "train" / f"shard-{i:04d}.h5" for i in range(shards)]
    for path, part in zip(paths, np.array_split(np.arange(rows), shards), strict=True):
        write_shard(
            path,
            audio=None,
            mel=mel[part],
            params=params[part],
            attributes={"sample_rate": RATE},
            root_attributes={"dataset": "benchmark"},
            audio_shape=(1, int(seconds * RATE)),
        )
    join_shards(paths, folder / "train.h5")
    with h5py.File(folder / "rows.h5", "w") as file:
        chunks = (1, *mel.shape[1:])
        filters = hdf5plugin.Blosc2(cname="zstd", filters=hdf5plugin.Blosc2.BITSHUFFLE)
        file.create_dataset("mel_spec", data=mel.astype("f2"), chunks=chunks, **filters)
        file.create_dataset("param_array", data=params)
    return folder / "train.h5", folder / "rows.h5"


class ItemWise(Dataset[tuple[Tensor, Tensor]]):
    """One row an item: the plain way to read a data set file.

    Args:
        path: the file.
        scaling: of the signals.
    """

    def __init__(self, path: Path, scaling: Scaling) -> None:
        self.file = h5py.File(path)
        self.mel, self.params = self.file["mel_spec"], self.file["param_array"]
        self.scaling = scaling

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.params)

    def __getitem__(self, row: int) -> tuple[Tensor, Tensor]:
        """Return a standardised spectrogram and parameters in [-1, 1]."""
        signal = torch.from_numpy(self.mel[row])
        return self.scaling.apply(signal), 2 * torch.from_numpy(self.params[row]) - 1


def item_wise(path: Path, scaling: Scaling) -> None:
    """Read an epoch item by item."""
    generator = torch.Generator().manual_seed(0)
    data = ItemWise(path, scaling)
    for _ in DataLoader(data, batch_size=BATCH, shuffle=True, generator=generator):
        pass
    data.file.close()


def in_blocks(split: HDF5Split) -> None:
    """Read an epoch with our loader."""
    for _ in PrefetchLoader(split, [(0, number) for number in range(len(split))]):
        pass


def from_blocks(path: Path, statistics: Statistics, pool_bytes: int) -> None:
    """Read an epoch in blocks, nothing being left of an earlier one."""
    scaling = statistics.scaling()
    in_blocks(HDF5Split(path, scaling, BATCH, shuffle=True, in_memory=False, pool_bytes=pool_bytes))


def bare_reading(path: Path) -> None:
    """Read a file in order."""
    rows = HDF5Rows(path)
    step = max(1, 2**23 // rows.signal_bytes)
    for start in range(0, rows.rows, step):
        rows.read(start, min(start + step, rows.rows))
    rows.close()


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Time reading of rendered data sets.")
    parser.add_argument("--rows", type=int, default=4096)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.0, help="length of a sound")
    parser.add_argument("--pool-mib", type=int, default=32, help="rows that are shuffled at a time")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, single = make_files(folder, options.rows, options.shards, options.seconds)
        statistics = compute_statistics([path])  # also compiles
        memory = HDF5Split(path, statistics.scaling(), BATCH, shuffle=True, in_memory=True)
        memory.load()
        readers: dict[str, Callable[[], None]] = {
            "item by item": partial(item_wise, path, statistics.scaling()),
            "item by item, one row a chunk": partial(item_wise, single, statistics.scaling()),
            "ours, in blocks": partial(from_blocks, path, statistics, options.pool_mib * 2**20),
            "ours, from memory": partial(in_blocks, memory),
            "bare reading": partial(bare_reading, path),
            "statistics": partial(compute_statistics, [path]),
        }
        seconds = interleaved(readers, options.repeats)
        table = Table("reader", "rows/s", "of item by item", title=f"{options.rows} rows")
        for reader, duration in seconds.items():
            ratio = seconds["item by item"] / duration
            table.add_row(reader, f"{options.rows / duration:,.0f}", f"{ratio:.1f}")
        shards = sum(shard.stat().st_size for shard in (folder / "train").iterdir())
        plain = 4 * statistics.mean.size + 2 * int(options.seconds * RATE)
    Console().print(table)
    _report("our loader over item by item", seconds, "item by item", "ours, in blocks", FASTER)
    _report("statistics over bare reading", seconds, "bare reading", "statistics", STATISTICS)
    smaller = plain / (shards / options.rows)
    verdict = "met" if smaller >= SMALLER else "MISSED"
    print(
        f"bytes a row: {shards / options.rows:,.0f} of {plain:,} for float32 spectrogram and "
        f"float16 sound, {smaller:.1f} times fewer (goal: {SMALLER:.0f}, {verdict})"
    )


def _report(what: str, seconds: dict[str, float], one: str, other: str, goal: float) -> None:
    ratio = seconds[one] / seconds[other]
    print(f"{what}: {ratio:.2f} (goal: {goal}, {'met' if ratio >= goal else 'MISSED'})")


if __name__ == "__main__":
    main()
