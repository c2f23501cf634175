"""How tables are written."""

from pathlib import Path

import pandas as pd

from src.common import csv_files
from src.common.files import write_text


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table of numbers whole, the same bytes on every system, and return its path."""
    csv_files.write_csv(table, path)
    return path


def write_csv_and_markdown(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV and, beside it, to be read."""
    write_csv(table, path)
    write_text(path.with_suffix(".md"), table.to_markdown(index=False) + "\n")
