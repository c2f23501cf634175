"""Files of a run folder, with errors that tell how to make what is missing."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from src.common import parquet
from src.common.json_files import read_json


class RunFiles:
    """The files of a run; base of the classes that read a run folder's path.

    Attributes:
        folder: the run folder.
        scale: such as "laptop".
    """

    folder: Path
    scale: str

    def file(self, name: str) -> Path:
        """Path of a file in the run folder.

        Raises:
            FileNotFoundError: it is not there; the message tells how to make it.
            ValueError: it is empty.
        """
        path = self.folder / name
        remedy = f"make it with: snakemake --cores all {path} --config scale={self.scale}"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: missing; {remedy}")
        if not path.stat().st_size:
            raise ValueError(f"{path}: empty; delete it and {remedy}")
        return path

    def json(self, name: str, required: Iterable[str] = ()) -> dict[str, Any]:
        """Content of a JSON file in the run folder.

        Args:
            name: the file's name.
            required: keys that must be there.

        Raises:
            FileNotFoundError: the file is missing.
            ValueError: the file is empty, is not JSON, or lacks a key.
        """
        path = self.file(name)
        remedy = f"delete {path.name} and make it again"
        content = read_json(path, remedy)
        missing = [key for key in required if key not in content]
        if missing:
            raise ValueError(f"{path}: lacks {', '.join(missing)}; {remedy}")
        return content


def read_parquet(path: Path, keys: list[str], columns: list[str], remedy: str) -> pd.DataFrame:
    """Read a table and check it.

    Args:
        path: Parquet file.
        keys: columns that together name a row.
        columns: further columns that are wanted.
        remedy: what to do about an unusable file.

    Returns:
        The keys and columns.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file cannot be read, is empty, lacks a column or repeats a row.
    """
    table = parquet.read_parquet(path, [*keys, *columns], remedy)
    if table.empty:
        raise ValueError(f"{path}: holds no scores; {remedy}")
    if table.duplicated(keys).any():
        raise ValueError(f"{path}: {table.duplicated(keys).sum()} rows occur twice; {remedy}")
    return table
