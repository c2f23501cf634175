"""Tables as CSV files, for people, spreadsheets and pandas alike."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas as pd

from src.common.files import atomic_path
from src.common.seals import SEAL, is_sealed, read_sealed, seal

# What a spreadsheet takes for the beginning of a formula, which it would run.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: pd.DataFrame, path: str | Path, **options: Any) -> None:
    """Write a table whole, the same bytes on every system, and no text that is a formula.

    Texts that a spreadsheet would run, such as ``=cmd|…`` as the name of a sound, get an apostrophe
    in front, which is what spreadsheets themselves do; numbers stay, also as text.

    Args:
        table: the table, without its index.
        path: file to write.
        **options: of ``pandas.DataFrame.to_csv``.
    """
    with atomic_path(path) as temporary:
        _harmless(table).to_csv(temporary, index=False, lineterminator="\n", **options)


def write_sealed_csv(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table of numbers that is read again: a seal is the name of its last, empty column."""
    with atomic_path(path) as temporary:
        sealed = _harmless(table).assign(**{SEAL: ""})
        sealed.to_csv(temporary, index=False, lineterminator="\n")
        seal(temporary)


def read_sealed_csv(path: Path, remedy: str) -> pd.DataFrame:
    """Read a table as it was written, without its seal; older ones have none.

    Args:
        path: the file.
        remedy: what to do about a file that cannot be used, for the message.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is damaged or no CSV.
    """
    content = read_sealed(path, remedy)
    try:
        table = pd.read_csv(io.BytesIO(content))
    except ValueError as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: not readable as CSV ({reason}); {remedy}") from error
    if not len(table.columns) or not table.iloc[:, -1].isna().all():
        return table
    if not is_sealed(content):
        raise ValueError(f"{path}: the seal in its last column is damaged; {remedy}")
    return table.iloc[:, :-1]


def _harmless(table: pd.DataFrame) -> pd.DataFrame:
    texts = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    safe = table.assign(**{str(name): table[name].map(_neutral) for name in texts})
    return safe.rename(columns=_neutral)


def _neutral(value: Any) -> Any:
    if not isinstance(value, str) or not value.startswith(_FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
