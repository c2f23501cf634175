"""Results of one's own, checked by the checksums that their files carry.

    python -m src.analysis.intact results/laptop

Tables of numbers, records, configurations and histories hold a seal, data sets a trailer and
checksums of their rows, checkpoints and statistics those of their archives. So a file is checked
wherever it was copied to, and no list beside it goes stale. Figures, tables for reading, logs and
sounds have none; they are made again from the others.
"""

import argparse
import zipfile
from collections.abc import Sequence
from pathlib import Path

from src.common.errors import explained
from src.common.hdf5 import check_rows, open_hdf5
from src.common.seals import is_sealed, read_sealed
from src.common.terminal import printable

_SEALED = {".parquet", ".json", ".yaml", ".csv"}
_ARCHIVES = {".ckpt", ".npz"}
_REMEDY = "delete it and make it again"


def damaged_files(folder: Path) -> tuple[list[str], int]:
    """Check every file below a folder that carries checksums.

    Args:
        folder: such as ``results/laptop``.

    Returns:
        A line for each damaged file, and the number of files that were checked.

    Raises:
        FileNotFoundError: there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: no such folder of results")
    problems, checked = [], 0
    for path in sorted(folder.rglob("*")):
        if path.name.startswith(".") or not path.is_file():
            continue
        try:
            checked += _check(path)
        except (ValueError, FileNotFoundError) as error:
            problems.append(str(error))
    return list(dict.fromkeys(problems)), checked


def _check(path: Path) -> bool:
    """Check a file; say whether it carries checksums.

    Raises:
        FileNotFoundError: a file that it needs is missing.
        ValueError: it is damaged.
    """
    if path.suffix == ".h5":
        with open_hdf5(path) as file:
            check_rows(file)
        return True
    if path.suffix in _ARCHIVES:
        try:
            broken = zipfile.ZipFile(path).testzip()
        except Exception as error:  # what a damaged archive leads to may be of any type
            raise ValueError(f"{path}: damaged ({error}); {_REMEDY}") from error
        if broken:
            raise ValueError(f"{path}: damaged (checksum of {broken}); {_REMEDY}")
        return True
    return path.suffix in _SEALED and is_sealed(read_sealed(path, _REMEDY))


@explained
def main(argv: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description="Check results by the checksums they carry.")
    parser.add_argument("folder", type=Path, help="such as results/laptop")
    options = parser.parse_args(argv)
    problems, checked = damaged_files(options.folder)
    if problems:
        raise ValueError("\n  ".join([f"{len(problems)} files are damaged:", *problems]))
    print(printable(f"{options.folder}: {checked} files as they were written"))


if __name__ == "__main__":
    main()
