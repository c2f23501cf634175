"""What command lines share: gather scores, write tables."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from src.common import csv_files
from src.common.errors import explained
from src.common.files import write_text
from src.common.parquet import write_parquet


class Main(Protocol):
    """A command line: of this process by default."""

    def __call__(self, argv: Sequence[str] | None = None) -> None:
        """Run it."""


def collecting(collect: Callable[[Sequence[str | Path]], pd.DataFrame]) -> Main:
    """Build the command line ``RUN_DIR... --output FILE`` of a function that joins runs' scores."""

    @explained
    def main(argv: Sequence[str] | None = None) -> None:
        """Command line."""
        parser = argparse.ArgumentParser(description="Gather the scores of runs in one table.")
        parser.add_argument("run_folders", nargs="+", metavar="RUN_DIR")
        parser.add_argument("--output", type=Path, required=True, help="Parquet file to write")
        options = parser.parse_args(argv)
        scores = collect(options.run_folders)
        write_parquet(scores, options.output)
        print(f"{options.output}: {len(scores)} scores of {len(options.run_folders)} runs")

    return main


def tabulating(write_tables: Callable[[Path, Path], list[Path]], description: str) -> Main:
    """Build the command line ``SCORES --output PATH`` of a function that writes tables."""

    @explained
    def main(argv: Sequence[str] | None = None) -> None:
        """Command line."""
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("scores", type=Path, help="Parquet file of gathered scores")
        parser.add_argument("--output", type=Path, required=True, help="path without suffix")
        options = parser.parse_args(argv)
        for path in write_tables(options.scores, options.output):
            print(path)

    return main


def write_csv(table: pd.DataFrame, path: Path) -> Path:
    """Write a table of numbers whole, the same bytes on every system, and return its path."""
    csv_files.write_csv(table, path)
    return path


def write_csv_and_markdown(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV and, beside it, to be read."""
    write_csv(table, path)
    write_text(path.with_suffix(".md"), table.to_markdown(index=False) + "\n")
