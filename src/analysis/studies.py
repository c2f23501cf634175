"""Files of studies that vary how one trained model is used; each lies in the run's folder."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from src.analysis.run_folders import parse_runs
from src.analysis.scores import check_table
from src.common.parquet import read_parquet


def read_studies(
    paths: Sequence[str | Path], keys: Sequence[str], columns: Sequence[str], remedy: str
) -> pd.DataFrame:
    """Read studies of one task.

    Args:
        paths: files in run folders.
        keys: columns that together name a row of a file.
        columns: further columns that are wanted.
        remedy: what to do about an unusable file.

    Returns:
        The keys and columns, and those that tell the run, in the order of runs.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a path or file is not usable.
    """
    files = {Path(path).parent: Path(path) for path in paths}
    parts = []
    for run in parse_runs([Path(path).parent for path in paths]):
        path = files[run.folder]
        table = check_table(read_parquet(path, remedy=remedy), path, keys, columns, remedy)
        parts.append(table.assign(**run.identity))
    return pd.concat(parts, ignore_index=True)
