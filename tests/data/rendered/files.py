"""Small data sets for tests, in the format of rendered ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from src.common.hdf5 import append_trailer
from src.data.rendered.shards import join_shards, write_shard

MEL = (2, 4, 6)
AUDIO = (2, 50)
WIDTH = 5
ATTRIBUTES = {"velocity": 100, "sample_rate": 44100, "channels": 2, "min_loudness": -55.0}
ROOT = {"dataset": "tiny", "synth_version": "1.2.3", "table_digest": "abc", "seed": 7}
Arrays = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]


def draw(rows: int, seed: int = 0) -> Arrays:
    """Draw spectrograms in [-80, 0], parameters in [0, 1] and sounds, float32."""
    rng = np.random.default_rng(seed)
    mel = -80 * rng.random((rows, *MEL), np.float32)
    return mel, rng.random((rows, WIDTH), np.float32), rng.random((rows, *AUDIO), np.float32)


def make_split(
    folder: Path, rows: int, shards: int, split: str = "train", stored: bool = False, seed: int = 0
) -> Arrays:
    """Write shards of about one size, and the file that joins them; return the content."""
    arrays = draw(rows, seed)
    edges = np.linspace(0, rows, shards + 1).astype(int)
    paths = [folder / split / f"shard-{i:04d}.h5" for i in range(shards)]
    for path, low, high in zip(paths, edges[:-1], edges[1:], strict=True):
        mel, params, audio = (array[low:high] for array in arrays)
        write_shard(
            path,
            audio=audio if stored else None,
            mel=mel,
            params=params,
            attributes=ATTRIBUTES,
            root_attributes=ROOT,
            audio_shape=AUDIO,
            first=int(low),
        )
    join_shards(paths, folder / f"{split}.h5")
    return arrays


@contextmanager
def edited(path: Path) -> Iterator[h5py.File]:
    """Open a file to change it as one that was written so, not as damage."""
    content = path.read_bytes()
    length = int(content[-9:])
    path.write_bytes(content[: -(length + 11)])
    with h5py.File(path, "r+") as file:
        yield file
    append_trailer(path)
