"""Prepare a folder of sounds as a data set file: ``python -m src.recordings FOLDER …``.

python -m src.recordings FOLDER --like results/laptop/vital/data/test.h5 --output test.h5

The file is what a rendered split is, without parameters: models that were trained on the data set
of ``--like`` can be given the sounds. As in the paper's out-of-domain test, each sound gets 0.05 s
of silence in front, is cut or continued with silence to the data set's duration, and halved.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from src.common.errors import explained
from src.common.files import check_place
from src.common.names import shown
from src.common.terminal import log_to_terminal
from src.data.recordings import prepare_recordings


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Prepare a folder of sounds as a data set file.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--like", type=Path, required=True, help="file of a rendered data set")
    parser.add_argument("--output", type=Path, required=True, help="HDF5 file to write")
    parser.add_argument("--limit", type=int, help="take only the first so many files")
    parser.add_argument(
        "--allow-unreadable", action="store_true", help="files left out are no failure"
    )
    options = parser.parse_args(argv)
    check_place(options.output)
    log_to_terminal()
    count, skipped = prepare_recordings(options.folder, options.like, options.output, options.limit)
    print(f"{shown(options.output)}: {count} sounds, {len(skipped)} files left out")
    if skipped and not options.allow_unreadable:
        left = f"{len(skipped)} files were left out (--allow-unreadable: no failure):"
        raise ValueError("\n  ".join([left, *skipped]))


if __name__ == "__main__":
    main()
