"""Write the sounds of a data set file as WAV files.

python -m src.data.rendered.export_sounds results/laptop/vital/data/test.h5 --output FOLDER
"""

import argparse
import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from src.common.errors import explained
from src.common.hdf5 import open_hdf5, read_rows
from src.common.terminal import printable
from src.data.sound_files import item_name, whole_folder, write_wav

logger = logging.getLogger(__name__)


def export_sounds(path: str | Path, folder: str | Path) -> int:
    """Write every sound of a file.

    Args:
        path: HDF5 file with ``audio``.
        folder: receives ``000000.wav`` and so on; it appears when all are there.

    Returns:
        Number of sounds.

    Raises:
        FileNotFoundError: the file, or a shard of it, is missing.
        ValueError: a file is damaged, or its sounds were not stored.
    """
    with open_hdf5(path) as file, whole_folder(folder) as new:
        if "audio" not in file:
            raise ValueError(f"{path}: no data set 'audio'; name a split with sounds")
        audio = file["audio"]
        if not audio.attrs.get("stored", True):
            raise ValueError(
                f"{path}: its sounds were not stored; render the split with store_audio, a "
                "setting of the data set"
            )
        rate = round(float(audio.attrs["sample_rate"]))
        for item in range(len(audio)):
            write_wav(
                new / f"{item_name(item)}.wav", read_rows(audio, item).astype(np.float32), rate
            )
        return len(audio)


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Write the sounds of a data set as WAV files.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--output", type=Path, required=True, help="folder to write")
    options = parser.parse_args(argv)
    count = export_sounds(options.file, options.output)
    print(printable(f"{options.output}: {count} sounds"))


if __name__ == "__main__":
    main()
