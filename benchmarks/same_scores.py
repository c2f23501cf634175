"""Compare the scores of two folders of results, bit for bit: rebuilt code gives the same numbers.

    python -m benchmarks.same_scores BEFORE AFTER [--only laptop/kosc]

Every scores.parquet (and sampling.parquet, best_of_n.parquet) of AFTER is compared with the one of
the same path in BEFORE, item by item and metric by metric. Where values differ, the number of items
and the largest change of the mean are printed, with the 95 % interval of the change over items.
Status 1 where anything differs, 2 where there is nothing to compare.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from src.analysis.intervals import mean_interval
from src.common.parquet import read_parquet

FILES = ("scores.parquet", "sampling.parquet", "best_of_n.parquet")


@dataclass(frozen=True)
class Change:
    """A column that differs.

    Attributes:
        file: path below both folders.
        column: name of the metric.
        items: rows whose bits differ.
        rows: number of rows.
        mean: change of the mean.
        ci95: half width of its 95 % interval, over items.
    """

    file: str
    column: str
    items: int
    rows: int
    mean: float
    ci95: float

    def __str__(self) -> str:
        """Return a line for the terminal."""
        return (
            f"{self.file}: {self.column}: {self.items} of {self.rows} items differ, mean changes "
            f"by {self.mean:+.3g} ± {self.ci95:.2g}"
        )


def compare(before: pd.DataFrame, after: pd.DataFrame, file: str) -> list[Change]:
    """List the columns of two tables of scores whose bits differ.

    Args:
        before: a row an item.
        after: a row an item, in any order of columns.
        file: names the tables.

    Raises:
        ValueError: the tables have other columns, types or items.
    """
    columns = list(before.columns)
    if set(columns) != set(after.columns) or len(before) != len(after):
        raise ValueError(
            f"{file}: {len(before)} rows of {', '.join(columns)} became {len(after)} rows of "
            f"{', '.join(after.columns)}"
        )
    changes = []
    for column in columns:
        old, new = before[column].to_numpy(), after[column].to_numpy()
        if old.dtype != new.dtype:
            raise ValueError(f"{file}: {column} was {old.dtype} and is {new.dtype}")
        differs = _bits_differ(old, new)
        if not differs.any():
            continue
        if not is_numeric_dtype(old.dtype):
            raise ValueError(f"{file}: {column} names other items: {new[differs][0]!r}")
        interval = mean_interval(new.astype(float) - old.astype(float))
        changes.append(
            Change(file, column, int(differs.sum()), len(old), interval.mean, interval.ci95)
        )
    return changes


def _bits_differ(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Compare values by their bits, so that -0 is not 0 and NaN is NaN, shape (n,)."""
    if old.dtype.kind != "f":
        return np.asarray(old != new, dtype=bool)
    bits = f"u{old.dtype.itemsize}"
    return np.asarray(np.ascontiguousarray(old).view(bits) != np.ascontiguousarray(new).view(bits))


def find_pairs(before: Path, after: Path, only: str) -> tuple[list[str], list[str]]:
    """List the score files of both folders, and those of the second that the first lacks."""
    found = sorted(
        path.relative_to(after).as_posix() for name in FILES for path in after.rglob(name)
    )
    found = [name for name in found if only in name]
    both = [name for name in found if (before / name).is_file()]
    return both, [name for name in found if name not in both]


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("before", type=Path, help="folder of results")
    parser.add_argument("after", type=Path, help="folder of results made again")
    parser.add_argument("--only", default="", help="compare paths that hold this text")
    options = parser.parse_args()
    both, new = find_pairs(options.before, options.after, options.only)
    if not both:
        print(f"{options.after}: no score file that {options.before} has too", file=sys.stderr)
        return 2
    for name in new:
        print(f"{name}: not in {options.before}")
    changes: list[Change] = []
    for name in both:
        tables = (read_parquet(folder / name) for folder in (options.before, options.after))
        found = compare(*tables, name)
        print("\n".join(map(str, found)) if found else f"{name}: equal to the bit")
        changes += found
    print(f"{len(both)} files compared, {len({change.file for change in changes})} differ")
    for column in sorted({change.column for change in changes}):
        largest = max((c for c in changes if c.column == column), key=lambda c: abs(c.mean))
        print(f"largest change of a mean of {column}: {largest}")
    return int(bool(changes))


if __name__ == "__main__":
    raise SystemExit(main())
