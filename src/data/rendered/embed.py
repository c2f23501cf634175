"""Add Music2Latent embeddings to a split.

python -m src.data.rendered.embed results/paper/surge_full/data/train.h5 --output m2l/train.h5

The new file holds the embeddings, and all else as virtual data sets over the split's files, to
which links are made in a folder beside it, ``m2l/train/``. A model with
``data.conditioning=m2l data.dataset_root=m2l`` reads it. The split needs its sounds
(``dataset.store_audio=[train,val,test]``) and the optional package music2latent.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
from numpy.typing import NDArray

from src.common.errors import explained
from src.common.files import make_folder
from src.common.hdf5 import create_hdf5, open_hdf5, read_rows, sources_of
from src.common.progress import Progress
from src.common.terminal import printable
from src.data.rendered.hdf5_rows import SIGNALS
from src.data.rendered.shard_layout import create_rows, join_rows

SHAPE = (128, 42)  # two channels of 64 numbers, 42 frames
SAMPLE_RATE = 44_100
# A sound (channels, samples) to an embedding.
Encoder = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def embed(path: str | Path, output: str | Path, encoder: Encoder) -> int:
    """Write embeddings of a split's sounds beside its other data sets.

    Args:
        path: HDF5 file of a split with stereo sounds of 4 s at 44.1 kHz.
        output: file to write; links to the files of ``path`` are made in a folder of its name.
        encoder: sound, float32, shape (2, samples) → embedding, shape (128, 42).

    Returns:
        Number of sounds.

    Raises:
        FileNotFoundError: there is no such split.
        ValueError: its sounds were not stored, have another rate, or give another shape, or a file
            lies where a link is to be.
    """
    path, output = Path(path), Path(output)
    name = SIGNALS["m2l"]
    with open_hdf5(path) as split, create_hdf5(output) as file:
        audio = _sounds(path, split)
        rows = len(audio)
        for key in sorted(set(split) - {name}):
            data = split[key]
            sources = [(s.path, s.stop - s.start) for s in sources_of(data)] or [(path, rows)]
            links = [(_link(source, output), count) for source, count in sources]
            join_rows(file, key, links, output.parent, data.shape[1:], data.dtype)
            for fact in sorted(data.attrs):
                file[key].attrs[fact] = data.attrs[fact]
        for fact in sorted(split.attrs):
            file.attrs[fact] = split.attrs[fact]
        embeddings = create_rows(file, name, rows, SHAPE, "f4")
        with Progress("embedding", rows, "sounds") as progress:
            for row in range(rows):
                embedding = encoder(read_rows(audio, row).astype(np.float32))
                if embedding.shape != SHAPE or not np.isfinite(embedding).all():
                    raise ValueError(
                        f"{path}: row {row} gives an embedding of shape {embedding.shape}, expected"
                        f" {SHAPE} and finite numbers; sounds have to be stereo and 4 s long"
                    )
                embeddings[row] = embedding
                progress.advance()
    return rows


def load_encoder() -> Encoder:
    """Load Music2Latent.

    Raises:
        ValueError: the package is not installed.
    """
    try:
        package = import_module("music2latent")
    except ImportError as error:
        raise ValueError(
            f"embeddings need the package music2latent ({error}): pip install "
            "music2latent==0.1.8. It loads its weights (233 MB) when first used; without a "
            "network, put music2latent.pt into the folder models/ of the installed package"
        ) from error
    model = package.EncoderDecoder()

    def encoder(sound: NDArray[np.float32]) -> NDArray[np.float32]:
        latent = model.encode(sound)  # (channels, 64, frames)
        return np.asarray(latent.cpu(), dtype=np.float32).reshape(-1, latent.shape[-1])

    return encoder


def _link(source: Path, output: Path) -> Path:
    """Link to a file from the folder of the output's name: a file leads to nothing outside."""
    link = output.with_suffix("") / source.name
    make_folder(link.parent)
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        raise ValueError(f"{link}: lies where a link to {source} is to be; name another output")
    link.symlink_to(os.path.relpath(source.resolve(), link.parent.resolve()))
    return link


def _sounds(path: Path, split: h5py.File) -> h5py.Dataset:
    if "audio" not in split or not split["audio"].attrs.get("stored", True):
        raise ValueError(
            f"{path}: its sounds were not stored; render it with "
            "dataset.store_audio=[train,val,test]"
        )
    rate = round(float(split["audio"].attrs["sample_rate"]))
    if rate != SAMPLE_RATE:
        raise ValueError(
            f"{path}: Music2Latent needs sounds at {SAMPLE_RATE} Hz, these have {rate}"
        )
    return split["audio"]


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Add Music2Latent embeddings to a split.")
    parser.add_argument("split", type=Path, help="HDF5 file with sounds")
    parser.add_argument("--output", type=Path, required=True, help="HDF5 file to write")
    options = parser.parse_args(argv)
    count = embed(options.split, options.output, load_encoder())
    print(printable(f"{options.output}: {count} embeddings"))


if __name__ == "__main__":
    main()
